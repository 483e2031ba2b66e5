"""The settings of the models that label posts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from streams.settings.types import YES_OR_NO, Folder, model_folder


class LabelVariables(BaseSettings):
    """Which models label posts, and when."""

    model_dir: Annotated[Folder, AfterValidator(model_folder)] | None = Field(
        title="Folder of a model of your own",
        default=None,
        description="a folder that holds a trained model",
    )
    sentiment_speed: Literal["auto", "fast", "accurate"] = Field(
        title="Which of the shipped sentiment models labels posts; auto: the accurate one in time",
        default="auto",
        description="auto, fast or accurate",
    )
    sentiment_lag_seconds: float = Field(
        title="Seconds since a post came in, up to which auto leaves time for the accurate model",
        default=0.2,
        ge=0,
        le=60,
        description="seconds from 0 to 60",
    )
    detect_language: bool = Field(
        title="Whether taggers detect the language of posts without a tag or with a foreign one",
        default=True,
        description=YES_OR_NO,
    )

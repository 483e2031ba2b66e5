/** The form of a stream, new or known: what to look for, where, in which languages. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as api from "../shared/api";
import type { Box, Stream } from "../shared/api";
import {
  COLLECTION,
  EMPTY,
  changeOf,
  draftOf,
  drop,
  filterOf,
  hasPlaces,
  keep,
  kept,
  type Draft,
} from "./stream-draft";
import { faultAt, mended, type Faults } from "../shared/fault-texts";
import { canTry } from "../app/server-features";
import { FIELDS, planChange, planFault, planFrom, type PlanDraft } from "../collections/plan-draft";
import { goBack } from "../app/route";
import { backfillCost } from "./backfill-cost";
import { faultsOf } from "./stream-faults";
import * as streams from "./streams";
import { BoxMap } from "../map/box-map";
import { placeNote, refresh, sourceOf, titlesOf } from "../shared/sources";
import { Field } from "../shared/field";
import { usePoll } from "../shared/poll";
import { Icon } from "../shared/icon";
import { FilterHelp } from "./filter-help";
import { LanguageField } from "./language-field";
import { MastodonField } from "./mastodon-field";
import { PlaceField } from "./place-field";
import { SourceField } from "./source-field";
import { PlanFields } from "../collections/plan-fields";
import { TrialPanel, useTrial } from "./trial-panel";
import { FormFault } from "../shared/form-fault";

interface FormProps {
  /** The stream to change; null makes a new one. */
  stream: Stream | null;
  /** Whether a new one is to keep its posts. */
  keeps?: boolean;
}

export function StreamForm({ stream, keeps = false }: FormProps) {
  const id = stream?.id ?? (keeps ? "new-collection" : "new");
  const blank = keeps ? COLLECTION : EMPTY;
  const draft = useSignal<Draft>(kept(id) ?? (stream ? draftOf(stream) : blank));
  const faults = useSignal<Faults>({});
  const busy = useSignal<string | null>(null);
  const found = useSignal<Box | null>(stream?.filter.place?.box ?? null);
  const form = useRef<HTMLFormElement>(null);
  const trial = useTrial(draft, faults);
  const estimate = useSignal<api.BackfillEstimate | null>(null);
  const searched = draft.value.sources.map(sourceOf).find((each) => each?.can_backfill);
  usePoll(refresh, 60_000);

  useEffect(() => {
    form.current?.querySelector<HTMLInputElement>("input")?.focus();
  }, []);
  useEffect(() => {
    if (stream?.status.state !== "running") return;
    api.backfill(stream.id).then(
      (told) => (estimate.value = told),
      () => undefined, // the price of a post is said all the same
    );
  }, []);
  useEffect(() => {
    const at = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    at?.focus();
  }, [faults.value]);

  const change = (part: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...part };
    keep(id, draft.value);
    const settled = "box" in part ? ["place"] : [];
    faults.value = mended(faults.value, ...Object.keys(part), ...settled);
  };
  const changePlan = (part: Partial<PlanDraft>): void => {
    const fields = (Object.keys(part) as (keyof PlanDraft)[]).flatMap((key) => FIELDS[key]);
    const settled = "starts" in part ? FIELDS.ends : [];
    change({ plan: { ...draft.peek().plan, ...part } });
    faults.value = mended(faults.value, ...fields, ...settled);
  };

  const submit = async (how: "start" | "save"): Promise<void> => {
    const wrong = planFault(draft.value.plan);
    faults.value = wrong ? faultAt(wrong.field, wrong.message) : {};
    if (wrong || (how === "start" && trial.isRefused)) return;
    busy.value = how;
    try {
      const saved = stream ? await save(stream, draft.value) : await create(draft.value);
      drop(id);
      goBack(saved.id);
      if (how === "start") void streams.start(saved);
    } catch (error) {
      faults.value = faultsOf(error);
    } finally {
      busy.value = null;
    }
  };

  const leave = (): void => {
    drop(id);
    goBack();
  };

  return (
    <main class={draft.value.plan.keeps ? "form-view keeps" : "form-view"} id="main" tabIndex={-1}>
      <form
        ref={form}
        class="panel form"
        noValidate
        aria-labelledby="form-title"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(stream ? "save" : "start");
        }}
      >
        <h2 id="form-title">{stream ? `Edit ${stream.name}` : keeps ? "A new collection" : "A new stream"}</h2>
        {stream?.wanted === "running" && (
          <p class="hint">It keeps running while you edit; the new filter applies within seconds.</p>
        )}
        <div class="form-parts">
          <div class="form-part">
            {!stream && <SourceField draft={draft.value} change={change} />}
            <MastodonField draft={draft.value} faults={faults.value} change={changePlan} />
            <Fields draft={draft} faults={faults.value} change={change} found={found} />
          </div>
          <div class="form-part">
            <PlanFields
              draft={draft.value.plan}
              faults={faults.value}
              change={changePlan}
              source={draft.value.sources.map(sourceOf)[0]}
              backfill={backfillCost(searched, {
                tried: trial.result?.rate_per_s,
                estimate: estimate.value,
              })}
            />
          </div>
        </div>
        <FormFault faults={faults.value} />
        {!stream && trial.isRefused && (
          <p class="hint" role="status">
            This filter was refused when you tried it, so a stream with it could only fail. Change the
            filter to start it.
          </p>
        )}
        <div class="form-buttons">
          {stream ? (
            <button class="main" type="submit" aria-busy={busy.value === "save"}>
              Save changes
            </button>
          ) : (
            <>
              <button class="main" type="submit" aria-busy={busy.value === "start"} disabled={trial.isRefused}>
                <Icon name="play" /> Start
              </button>
              <button type="button" onClick={() => void submit("save")}>
                Save
              </button>
            </>
          )}
          {canTry.value && draft.value.sources.some((name) => sourceOf(name)?.can_try ?? true) && (
            <button type="button" onClick={trial.begin} aria-busy={trial.isBusy}>
              <Icon name="trial" /> Try it
            </button>
          )}
          <button type="button" class="quiet" onClick={leave}>
            Cancel
          </button>
        </div>
      </form>
      <div class="form-side">
        {hasPlaces(draft.value) && <BoxMap draft={draft} found={found} change={change} />}
        <TrialPanel trial={trial} sources={draft.value.sources} />
      </div>
    </main>
  );
}

interface FieldsProps {
  draft: Signal<Draft>;
  faults: Faults;
  change: (part: Partial<Draft>) => void;
  /** The box of the place that is named, as far as it is known. */
  found: Signal<Box | null>;
}

function Fields({ draft, faults, change, found }: FieldsProps) {
  const { word, keywords, name, languages, sources } = draft.value;
  const where = placeNote(sources);
  return (
    <>
      <Field
        label="Filter word"
        hint="A word or a phrase. Posts match when they hold it, or any of the keywords below."
        value={word}
        fault={faults["word"]}
        onInput={(typed) => change({ word: typed })}
      />
      <Field
        label="More keywords"
        hint="Alternatives to the filter word: any one of them is enough. Put commas between them."
        value={keywords}
        fault={faults["keywords"]}
        onInput={(typed) => change({ keywords: typed })}
      />
      <FilterHelp />
      {hasPlaces(draft.value) ? (
        <PlaceField
          draft={draft.value}
          fault={faults["place"]}
          change={change}
          onFound={(place) => (found.value = place?.box ?? null)}
        />
      ) : (
        <p class="field-hint">
          {titlesOf(sources)} posts carry no place, so there is no location to choose.
        </p>
      )}
      {where && <p class="field-hint">{where}</p>}
      <LanguageField
        chosen={languages}
        fault={faults["languages"]}
        change={(chosen) => change({ languages: chosen })}
      />
      <Field
        label="Name"
        hint="Left empty, it is named after what it looks for."
        value={name}
        fault={faults["name"]}
        onInput={(typed) => change({ name: typed })}
      />
    </>
  );
}

async function create(draft: Draft): Promise<Stream> {
  const canFill = draft.sources.some((name) => sourceOf(name)?.can_backfill);
  const plan = planFrom({ ...draft.plan, backfill: draft.plan.backfill && canFill });
  const name = draft.name.trim() || null;
  const made = await api.createStream(filterOf(draft), name, plan, draft.sources);
  streams.put(made);
  return made;
}

async function save(stream: Stream, draft: Draft): Promise<Stream> {
  const filter = changeOf(draft, stream);
  const name = draft.name.trim();
  const plan = planChange(draft.plan, stream.plan);
  const edited = await api.editStream(stream.id, {
    ...(filter ? { filter } : {}),
    ...(name && name !== stream.name ? { name } : {}),
    ...(plan ? { plan } : {}),
  });
  streams.put(edited);
  return edited;
}

/** The label sets of a collection: which are kept, and an order to label all posts again. */
import { useSignal } from "@preact/signals";
import { ConfirmButton } from "../shared/confirm-button";
import { said } from "../shared/fault-texts";
import { percent } from "../shared/format";
import { Icon } from "../shared/icon";
import { LABELS, LABEL_NAMES, type Speed } from "../shared/labels";
import { Listing } from "../shared/listing";
import { ListView } from "../shared/list-view";
import { PickField } from "../shared/pick-field";
import * as exports from "./exports";
import type { ExportedFile } from "./exports";
import * as labelSets from "./label-sets";
import type { LabelSet } from "./label-sets";
import { Trouble } from "../shared/trouble";

interface Props {
  stream: string;
  sets: Listing<LabelSet>;
  files: Listing<ExportedFile>;
}

export function LabelSets({ stream, sets, files }: Props) {
  const speed = useSignal<Speed>("accurate");
  const trouble = useSignal<string | null>(null);
  const order = async (): Promise<void> => {
    trouble.value = null;
    try {
      const made = await exports.order(stream, exports.relabelling(speed.value));
      files.change((known) => [made, ...known]);
    } catch (error) {
      trouble.value = said(error);
    }
  };
  return (
    <>
      <h4>Label all posts again</h4>
      <PickField
        label="With"
        options={labelSets.SPEED_OPTIONS}
        value={speed.value}
        hint="The sealed files and earlier labels stay as they are. The list below shows the progress."
        onPick={(picked) => (speed.value = picked as Speed)}
      />
      <Trouble icon text={trouble.value} />
      <div class="orders">
        <button onClick={() => void order()}>Label again</button>
      </div>
      <ListView of={sets} empty={<p>No labels are kept yet.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Labels that are kept">
            {items.map((each) => (
              <SetRow key={each.name} stream={stream} set={each} sets={sets} />
            ))}
          </ul>
        )}
      </ListView>
    </>
  );
}

function SetRow({ stream, set, sets }: { stream: string; set: LabelSet; sets: Listing<LabelSet> }) {
  const refused = sets.refused.value[set.name];
  const remove = (): Promise<void> =>
    sets.order(
      set.name,
      (known) => known.filter((each) => each.name !== set.name),
      () => labelSets.remove(stream, set.name),
    );
  return (
    <li>
      <div>
        <strong>{labelSets.wordsOf(set)}</strong>
        <p class="muted small">
          {LABELS.map((label) => `${LABEL_NAMES[label]} ${percent(set.labels[label] ?? 0, set.posts)}`).join(" · ")} ·{" "}
          {set.model}
        </p>
        <Trouble text={refused} />
      </div>
      <div class="orders">
        <ConfirmButton
          quiet
          name={`Delete: ${labelSets.wordsOf(set)}`}
          question="Its labels cannot be restored."
          yes="Yes, delete"
          order={() => void remove()}
        >
          <Icon name="x" /> Delete
        </ConfirmButton>
      </div>
    </li>
  );
}

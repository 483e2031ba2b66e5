/** Mastodon instances: added with a token, tried, removed. */
import { usePoll } from "../shared/poll";
import { dayTime } from "../shared/format";
import { ConfirmButton } from "../shared/confirm-button";
import { Icon } from "../shared/icon";
import { ListView } from "../shared/list-view";
import { SecretForm } from "./secret-form";
import { add, check, hostOf, instances, remove, type Instance } from "./instances";
import { Trouble } from "../shared/trouble";

const EVERY_MS = 3_000;
const FIELDS = [
  {
    name: "address",
    label: "Address",
    hint: "Such as https://mastodon.social.",
    secret: false,
    autocomplete: "off",
  },
  {
    name: "token",
    label: "Access token",
    hint: "Create one on the instance: Preferences, Development, New application, with the scope read:statuses.",
    secret: true,
    autocomplete: "off",
  },
] as const;

export function InstancesPanel() {
  usePoll(instances.refresh, EVERY_MS);
  const send = async ({ address = "", token = "" }: Readonly<Record<string, string>>): Promise<void> => {
    await add(address, token);
    void instances.refresh();
  };
  return (
    <section class="panel section" aria-labelledby="instances-title">
      <div>
        <h3 id="instances-title">Mastodon instances</h3>
        <p class="muted">
          Your streams can read from an instance where you have an account. Weir encrypts the token and
          never shows it again.
        </p>
      </div>
      <SecretForm
        label="Add a Mastodon instance"
        fields={FIELDS}
        send={send}
        button={
          <>
            <Icon name="add" /> Add instance
          </>
        }
      />
      <ListView of={instances} empty={<p>No instance yet.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Mastodon instances">
            {items.map((each) => (
              <InstanceItem key={each.id} instance={each} />
            ))}
          </ul>
        )}
      </ListView>
    </section>
  );
}

function InstanceItem({ instance }: { instance: Instance }) {
  const { address, state, fault, checked_at: checkedAt } = instance;
  const trouble = instances.refused.value[String(instance.id)];
  const host = hostOf(address);
  return (
    <li>
      <div>
        <strong>{host}</strong>
        <p class="muted small">
          {state === "unchecked" && "Being tried…"}
          {state === "works" && `Works, as of ${dayTime(checkedAt ?? 0)}`}
          {state === "refused" && `Does not work, as of ${dayTime(checkedAt ?? 0)}: ${fault?.message ?? ""}`}
        </p>
        <Trouble text={trouble} />
      </div>
      <div class="orders">
        <button class="quiet" aria-label={`Try ${host} again`} onClick={() => void check(instance)}>
          Try again
        </button>
        <ConfirmButton
          quiet
          name={`Remove ${host}`}
          question="Its token is deleted."
          yes="Yes, remove"
          order={() => void remove(instance)}
        >
          <Icon name="x" /> Remove
        </ConfirmButton>
      </div>
    </li>
  );
}

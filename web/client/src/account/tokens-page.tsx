/** The API tokens of the account: made, shown once, revoked. */
import { useSignal } from "@preact/signals";
import { me } from "../app/session";
import type { Role } from "../shared/api";
import { useForm } from "../shared/form";
import { day, dayTime } from "../shared/format";
import { usePoll } from "../shared/poll";
import { issue, revoke, tokens, type IssuedToken, type Scope, type Token } from "./tokens";
import { ConfirmButton } from "../shared/confirm-button";
import { Copied } from "../shared/copy";
import { Field } from "../shared/field";
import { FormFault } from "../shared/form-fault";
import { Icon } from "../shared/icon";
import { ListView } from "../shared/list-view";
import { PickField } from "../shared/pick-field";
import { Trouble } from "../shared/trouble";

const EVERY_MS = 30_000;
const LIVES = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"],
  ["", "No expiry date"],
] as const;

const SCOPE_WORDS: Record<Scope, string> = {
  read: "reads",
  write: "reads and writes",
  admin: "manages people, too",
};
const ROLE_SCOPES: Record<Role, readonly Scope[]> = {
  viewer: ["read"],
  editor: ["read", "write"],
  administrator: ["read", "write", "admin"],
};

export function Tokens() {
  usePoll(tokens.refresh, EVERY_MS);
  return (
    <section class="panel section" aria-labelledby="tokens-title">
      <div>
        <h3 id="tokens-title">Tokens for programs</h3>
        <p class="muted">
          A program with a token of yours may do what its scope says: read live posts and captures, or
          start and change streams as well. <a href="/api/v1/openapi.json">What it can call</a>
        </p>
      </div>
      <NewToken />
      <ListView of={tokens} empty={<p>No token yet. The page itself needs none.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Tokens">
            {items.map((each) => (
              <TokenRow key={each.id} token={each} />
            ))}
          </ul>
        )}
      </ListView>
    </section>
  );
}

function TokenRow({ token }: { token: Token }) {
  const trouble = tokens.refused.value[token.id];
  return (
    <li>
      <div>
        <strong>{token.name}</strong>
        <p class="muted small">
          Made {dayTime(token.created_at)} ·{" "}
          {token.expires_at === null ? "never expires" : `expires ${day(token.expires_at)}`} ·{" "}
          {SCOPE_WORDS[token.scope]} ·{" "}
          {token.last_used_at === null ? "never used" : `last used ${dayTime(token.last_used_at)}`}
        </p>
        <Trouble text={trouble} />
      </div>
      <ConfirmButton
        quiet
        name={`Revoke the token ${token.name}`}
        question="It stops working at once."
        yes="Yes, revoke"
        order={() => void revoke(token)}
      >
        <Icon name="x" /> Revoke
      </ConfirmButton>
    </li>
  );
}

function NewToken() {
  const made = useSignal<IssuedToken | null>(null);
  const role = me.value?.role ?? "viewer";
  const empty: { name: string; days: string; scope: Scope } = {
    name: "",
    days: "90",
    scope: role === "viewer" ? "read" : "write",
  };
  const form = useForm("token", empty, ["name", "days", "scope"]);
  const { name, days, scope } = form.draft.value;

  const submit = async (): Promise<void> => {
    if (!name.trim()) return form.object("name", "Enter a name.");
    await form.send(async () => void (made.value = await issue(name, days ? Number(days) : null, scope)));
    void tokens.refresh();
  };

  return (
    <>
      <form
        ref={form.element}
        class="row-form"
        noValidate
        aria-label="Make a token"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label="New token"
          hint="What it is for, for example my notebook."
          value={name}
          fault={form.faults.value["name"]}
          onInput={(typed) => form.change({ name: typed })}
        />
        <PickField
          label="Valid for"
          options={LIVES}
          value={days}
          fault={form.faults.value["days"]}
          onPick={(picked) => form.change({ days: picked })}
        />
        <PickField
          label="Scope"
          options={ROLE_SCOPES[role].map((each) => [each, SCOPE_WORDS[each]] as const)}
          value={scope}
          fault={form.faults.value["scope"]}
          onPick={(picked) => form.change({ scope: picked as Scope })}
        />
        <button type="submit" aria-busy={form.busy.value}>
          <Icon name="add" /> Create token
        </button>
        <FormFault faults={form.faults.value} />
      </form>
      {made.value && (
        <div class="issued" role="group" aria-label={`The token ${made.value.name}`}>
          <p>
            <strong>{made.value.name}</strong>: this is the token. It is shown this once.
          </p>
          <Copied what="the token" text={made.value.token} />
          <p>
            <button type="button" onClick={() => (made.value = null)}>
              I have kept it
            </button>
          </p>
        </div>
      )}
    </>
  );
}

/** The people who may come in: invited, given a role, suspended; and the record of that. */
import { useSignal } from "@preact/signals";
import { me } from "../app/session";
import type { Role } from "../shared/api";
import { ConfirmButton } from "../shared/confirm-button";
import { Copied } from "../shared/copy";
import { Field } from "../shared/field";
import { useForm } from "../shared/form";
import { FormFault } from "../shared/form-fault";
import { dayTime } from "../shared/format";
import { Icon } from "../shared/icon";
import { ListView } from "../shared/list-view";
import { PickField } from "../shared/pick-field";
import { usePoll } from "../shared/poll";
import { Limits } from "./limits";
import { PersonLimits } from "./person-limits";
import {
  ROLES,
  changePerson,
  changes,
  endSessions,
  invitations,
  invite,
  isDomain,
  nameOf,
  people,
  sentenceOf,
  withdraw,
  type Invitation,
  type Invited,
  type Person,
} from "./people";
import { Trouble } from "../shared/trouble";

const EVERY_MS = 10_000;
const LASTS = [
  ["1", "A day"],
  ["7", "A week"],
  ["30", "30 days"],
  ["", "No end"],
] as const;

interface Draft {
  handle: string;
  role: Role;
  days: string;
  seats: string;
}

const refresh = async (): Promise<void> => {
  await Promise.all([people.refresh(), invitations.refresh(), changes.refresh()]);
};

export function People() {
  usePoll(refresh, EVERY_MS);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <h2>People</h2>
      <p class="lead">
        Who has access, and in which role. Everybody sees only their own streams, whatever their role.
      </p>
      <NewInvitation />
      <Invitations />
      <section class="panel section" aria-labelledby="accounts-title">
        <h3 id="accounts-title">Accounts</h3>
        <ListView of={people} empty={<p>No accounts yet.</p>}>
          {(items) => (
            <ul class="rows" aria-label="Accounts">
              {items.map((each) => (
                <PersonRow key={each.id} person={each} />
              ))}
            </ul>
          )}
        </ListView>
      </section>
      <Limits />
      <Record />
    </main>
  );
}

function PersonRow({ person }: { person: Person }) {
  const trouble = people.refused.value[person.id];
  const isMe = person.id === me.value?.id;
  const give = async (change: { role?: Role; suspended?: boolean }): Promise<void> => {
    await changePerson(person, change);
    void changes.refresh();
  };
  return (
    <li>
      <div>
        <strong>
          {person.platform === "x" ? "@" : ""}
          {person.handle}
        </strong>
        {isMe && " (you)"}
        {person.suspended_at !== null && <span class="muted"> · suspended</span>}
        <p class="muted small">
          {person.platform === "x" ? "Signs in with X" : "Signs in with a password"} · last seen{" "}
          {dayTime(person.seen_at)} · {person.sessions} {person.sessions === 1 ? "session" : "sessions"}
        </p>
        <Trouble text={trouble} />
      </div>
      <div class="asks">
        <select
          aria-label={`Role of ${person.handle}`}
          value={person.role}
          onChange={(event) => void give({ role: event.currentTarget.value as Role })}
        >
          {ROLES.map(([role, words]) => (
            <option key={role} value={role}>
              {words}
            </option>
          ))}
        </select>
        {!isMe && person.sessions > 0 && (
          <button
            type="button"
            class="quiet"
            aria-label={`End the sessions of ${person.handle}`}
            onClick={() => void endSessions(person)}
          >
            <Icon name="out" /> End sessions
          </button>
        )}
        {!isMe &&
          (person.suspended_at === null ? (
            <ConfirmButton
              quiet
              name={`Suspend ${person.handle}`}
              question="Their sessions end and their streams stop."
              yes="Yes, suspend"
              order={() => void give({ suspended: true })}
            >
              <Icon name="pause" /> Suspend
            </ConfirmButton>
          ) : (
            <button
              type="button"
              class="quiet"
              aria-label={`Let ${person.handle} in again`}
              onClick={() => void give({ suspended: false })}
            >
              <Icon name="play" /> Let in again
            </button>
          ))}
      </div>
      <PersonLimits person={person} />
    </li>
  );
}

function NewInvitation() {
  const made = useSignal<Invited | null>(null);
  const empty: Draft = { handle: "", role: "editor", days: "7", seats: "25" };
  const form = useForm("invitation", empty, ["handle", "role", "days", "seats", "domain"]);
  const { handle, role, days, seats } = form.draft.value;
  const submit = async (): Promise<void> => {
    await form.send(
      async () =>
        void (made.value = await invite(handle.trim(), role, days ? Number(days) : null, Number(seats))),
    );
    void refresh();
  };
  return (
    <section class="panel section" aria-labelledby="invite-title">
      <h3 id="invite-title">Invite somebody</h3>
      <form
        ref={form.element}
        class="row-form"
        noValidate
        aria-label="Invite somebody"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label="Handle at X, or a domain"
          hint="A domain such as newsroom.example: a link for many. Empty: a link for one account."
          value={handle}
          fault={form.faults.value["handle"] ?? form.faults.value["domain"]}
          onInput={(typed) => form.change({ handle: typed })}
        />
        <PickField
          label="Role"
          options={ROLES}
          value={role}
          onPick={(picked) => form.change({ role: picked as Role })}
        />
        {isDomain(handle) && (
          <Field
            label="Accounts"
            hint="How many accounts the link can make."
            keys="numeric"
            value={seats}
            fault={form.faults.value["seats"]}
            onInput={(typed) => form.change({ seats: typed })}
          />
        )}
        <PickField
          label="Valid for"
          options={LASTS}
          value={days}
          fault={form.faults.value["days"]}
          onPick={(picked) => form.change({ days: picked })}
        />
        <button class="main" type="submit" aria-busy={form.busy.value}>
          <Icon name="add" /> Invite
        </button>
        <FormFault faults={form.faults.value} />
      </form>
      {made.value?.token && (
        <div class="issued" role="group" aria-label="The link">
          <p>
            {made.value.invitation.domain
              ? `Give this link to the people of ${made.value.invitation.domain} and to nobody else: whoever has it ` +
                "can make an account there. It is shown this once."
              : "Send this link to the person. It works once, and is shown this once."}
          </p>
          <Copied
            what="the link"
            text={`${location.origin}${location.pathname}#/join/${made.value.token}`}
          />
          <p>
            <button type="button" onClick={() => (made.value = null)}>
              I have kept it
            </button>
          </p>
        </div>
      )}
    </section>
  );
}

function Invitations() {
  if (!invitations.items.value?.length) return null;
  return (
    <section class="panel section" aria-labelledby="invitations-title">
      <h3 id="invitations-title">Pending invitations</h3>
      <ul class="rows" aria-label="Invitations">
        {invitations.items.value.map((each) => (
          <InvitationRow key={each.id} invitation={each} />
        ))}
      </ul>
    </section>
  );
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { role, expires_at, seats } = invitation;
  const name = nameOf(invitation);
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <p class="muted small">
          {seats !== null && `${seats} more accounts · `}As {role} · {expires_at === null ? "no end" : `until ${dayTime(expires_at)}`}
        </p>
      </div>
      <button
        type="button"
        class="quiet"
        aria-label={`Withdraw the invitation of ${name}`}
        onClick={() => void withdraw(invitation).then(() => changes.refresh())}
      >
        <Icon name="x" /> Withdraw
      </button>
    </li>
  );
}

function Record() {
  const names = new Map(people.items.value?.map((each) => [each.id, each.handle]));
  const handleOf = (id: number): string => names.get(id) ?? `account ${id}`;
  return (
    <section class="panel section" aria-labelledby="record-title">
      <h3 id="record-title">Audit log</h3>
      <ListView of={changes} empty={<p>No entries yet.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Audit log">
            {items.map((each) => (
              <li key={each.id}>
                <span>{sentenceOf(each, handleOf)}</span>
                <span class="muted small">{dayTime(each.at)}</span>
              </li>
            ))}
          </ul>
        )}
      </ListView>
    </section>
  );
}

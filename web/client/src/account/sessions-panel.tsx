/** The sessions of the account, each of which can be ended, and its password. */
import { useSignal } from "@preact/signals";
import { me } from "../app/session";
import { ConfirmButton } from "../shared/confirm-button";
import { dayTime } from "../shared/format";
import { Icon } from "../shared/icon";
import { ListView } from "../shared/list-view";
import { usePoll } from "../shared/poll";
import { changePassword, endSession, sessions, type Session } from "./account";
import { SecretForm } from "./secret-form";
import { Trouble } from "../shared/trouble";

const EVERY_MS = 30_000;

export function Sessions() {
  usePoll(sessions.refresh, EVERY_MS);
  return (
    <section class="panel section" aria-labelledby="sessions-title">
      <h3 id="sessions-title">Where you are signed in</h3>
      <ListView of={sessions} empty={<p>No sessions.</p>}>
        {(items) => (
          <ul class="rows" aria-label="Sessions">
            {items.map((each) => (
              <SessionRow key={each.id} session={each} />
            ))}
          </ul>
        )}
      </ListView>
      {me.value?.platform === "local" && <NewPassword />}
    </section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const trouble = sessions.refused.value[session.id];
  const used = session.last_used_at ?? session.created_at;
  return (
    <li>
      <div>
        <strong>{session.name}</strong>
        <p class="muted small">
          {session.current ? "This browser" : `Last used ${dayTime(used)}`} · signed in{" "}
          {dayTime(session.created_at)}
        </p>
        <Trouble text={trouble} />
      </div>
      {!session.current && (
        <ConfirmButton
          quiet
          name={`End the session ${session.name}`}
          question="It is signed out at once."
          yes="Yes, end it"
          order={() => void endSession(session)}
        >
          <Icon name="out" /> End
        </ConfirmButton>
      )}
    </li>
  );
}

function NewPassword() {
  const done = useSignal(false);
  return (
    <details>
      <summary>Change your password</summary>
      <SecretForm
        label="Change your password"
        fields={[
          { name: "old", label: "Current password", secret: true, autocomplete: "current-password" },
          {
            name: "new",
            label: "New password",
            hint: "At least 10 characters. Your other sessions end.",
            secret: true,
            autocomplete: "new-password",
          },
        ]}
        button="Change password"
        send={async (values) => {
          done.value = false;
          await changePassword(values["old"] ?? "", values["new"] ?? "");
          done.value = true;
          void sessions.refresh();
        }}
      />
      {done.value && <p role="status">The password is changed.</p>}
    </details>
  );
}

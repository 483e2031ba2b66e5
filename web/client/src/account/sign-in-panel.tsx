/** Sign in: with X, with a name and a password, or by the link of an invitation. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { SignInButton } from "../app/sign-in";
import { go, route } from "../app/route";
import { check } from "../app/session";
import { said } from "../shared/fault-texts";
import { enter, join, lookAtLink, ways, type LinkOffer, type Ways } from "./account";
import { SecretForm, type SecretField } from "./secret-form";

const NAME: SecretField = {
  name: "name",
  label: "Name",
  secret: false,
  autocomplete: "username",
};

export function SignInPanel() {
  const offered = useSignal<Ways | null>(null);
  useEffect(() => {
    ways().then(
      (found) => (offered.value = found),
      () => undefined,
    );
  }, []);
  const now = route.value;
  if (now.view === "join") return <Join token={now.token} />;
  const hasX = offered.value?.x !== false;
  return (
    <>
      {hasX && <SignInButton />}
      {offered.value?.invited_only && (
        <p class="muted">Who has no account here needs an invitation from an administrator.</p>
      )}
      <details open={!hasX}>
        <summary>Sign in with a password</summary>
        <SecretForm
          label="Sign in with a password"
          fields={[
            NAME,
            { name: "password", label: "Password", secret: true, autocomplete: "current-password" },
          ]}
          button="Sign in"
          send={async ({ name = "", password = "" }) => {
            await enter(name.trim(), password);
            await check();
          }}
        />
      </details>
    </>
  );
}

function Join({ token }: { token: string }) {
  const offer = useSignal<LinkOffer | null>(null);
  const trouble = useSignal<string | null>(null);
  useEffect(() => {
    lookAtLink(token).then(
      (found) => (offer.value = found),
      (error: unknown) => (trouble.value = said(error)),
    );
  }, [token]);
  if (trouble.value) {
    return (
      <p class="trouble" role="alert">
        {trouble.value}
      </p>
    );
  }
  const role = offer.value?.role;
  const domain = offer.value?.domain;
  return (
    <>
      <p>
        This link makes you {role === "viewer" ? "a" : "an"} <strong>{role ?? "…"}</strong> here
        {domain ? `, under a name at ${domain}` : ", once"}. Choose how you sign in from now on.
      </p>
      <SecretForm
        label="Create your account"
        fields={[
          { ...NAME, hint: `Letters, digits, dots, dashes${domain ? `; @${domain} follows` : ""}.` },
          {
            name: "password",
            label: "Password",
            hint: "At least 10 characters.",
            secret: true,
            autocomplete: "new-password",
          },
        ]}
        button="Create account"
        send={async ({ name = "", password = "" }) => {
          await join(token, name.trim(), password);
          await check();
          go({ view: "live", streams: [] });
        }}
      />
    </>
  );
}

/** The session: who is signed in, and what becomes of the page when it ends. */
import { signal } from "@preact/signals";
import * as api from "../shared/api";

export type Standing = "unknown" | "out" | "in" | "expired";

export const standing = signal<Standing>("unknown");
export const me = signal<api.Me | null>(null);
/** Why the last sign-in came to nothing, in words. */
export const trouble = signal<string | null>(null);

const OUTCOMES: Record<string, string> = {
  denied: "The sign-in was cancelled at X. Nothing was shared.",
  expired: "That sign-in took too long or was used before. Please try once more.",
  not_invited: "Nobody has invited you here. Ask an administrator of this Weir for an invitation.",
  suspended: "Your account is suspended. Ask an administrator of this Weir.",
  failed: "X did not answer the sign-in as it should. Please try again in a moment.",
};

api.on.unauthorized = () => {
  standing.value = standing.value === "in" || standing.value === "expired" ? "expired" : "out";
};

/** Find out who is signed in; throws ApiError when nobody answers. */
export async function begin(): Promise<void> {
  const outcome = new URLSearchParams(location.search).get("sign_in");
  if (outcome) {
    trouble.value = OUTCOMES[outcome] ?? null;
    history.replaceState(null, "", location.pathname + location.hash);
  }
  await check();
}

/** Ask again who is signed in. */
export async function check(): Promise<void> {
  try {
    me.value = await api.me();
    standing.value = "in";
  } catch (error) {
    if (!(error instanceof api.ApiError && error.status === 401)) throw error;
  }
}

const KEPT_HASH = "weir.hash";

export async function signIn(): Promise<void> {
  trouble.value = null;
  try {
    const { auth_url } = await api.signIn();
    sessionStorage.setItem(KEPT_HASH, location.hash);
    location.assign(auth_url);
  } catch (error) {
    trouble.value = error instanceof Error ? error.message : String(error);
  }
}

/** Come back to what was shown before the way to X. */
export function restorePlace(): void {
  const hash = sessionStorage.getItem(KEPT_HASH);
  sessionStorage.removeItem(KEPT_HASH);
  if (hash && !location.hash) history.replaceState(null, "", location.pathname + hash);
}

export async function signOut(): Promise<void> {
  await api.signOut();
  sessionStorage.clear();
  history.replaceState(null, "", location.pathname);
  location.reload();
}

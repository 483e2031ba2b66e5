/** Banners: what concerns the whole page, said where nobody misses it. */
import { count, duration, posts } from "../format";
import { standing } from "../session";
import { link, outage } from "../socket";
import { Icon } from "./icon";
import { SignInButton } from "./sign-in";

export function Banners() {
  return (
    <div class="banners">
      {standing.value === "expired" && (
        <div class="banner banner-warn" role="alert">
          <p>
            <strong>Your session has ended.</strong> Sign in again to go on: what you typed is kept.
          </p>
          <SignInButton />
        </div>
      )}
      {standing.value === "in" && link.value === "down" && (
        <div class="banner banner-warn" role="alert">
          <p>
            <strong>The connection is lost.</strong> Weir tries again by itself, and fetches what it
            can of the meantime.
          </p>
        </div>
      )}
      {link.value === "up" && outage.value && <Outage {...outage.value} />}
    </div>
  );
}

function Outage({ ms, caught, missed }: { ms: number; caught: number; missed: number }) {
  return (
    <div class="banner" role="status">
      <p>
        <strong>Back after {duration(ms)}.</strong>{" "}
        {missed
          ? `${posts(missed)} were missed; ${count(caught)} more were caught up.`
          : `Nothing was missed; ${posts(caught)} caught up.`}
      </p>
      <button class="tool" aria-label="Dismiss" onClick={() => (outage.value = null)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

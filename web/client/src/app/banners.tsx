/** Banners: messages that concern the whole page. */
import { count, duration, posts } from "../shared/format";
import { standing } from "./session";
import { link, outage, type Outage as OutageFacts } from "../live/socket";
import { Icon } from "../shared/icon";
import { SignInButton } from "./sign-in";

export function Banners() {
  return (
    <div class="banners">
      {standing.value === "expired" && (
        <div class="banner banner-warn" role="alert">
          <p>
            <strong>Your session has ended.</strong> Sign in again to continue. Weir keeps what you typed.
          </p>
          <SignInButton />
        </div>
      )}
      {standing.value === "in" && link.value === "down" && (
        <div class="banner banner-warn" role="alert">
          <p>
            <strong>Connection lost.</strong> Weir reconnects by itself and then fetches the posts
            you missed, as far as it still has them.
          </p>
        </div>
      )}
      {link.value === "up" && outage.value && <Outage {...outage.value} />}
    </div>
  );
}

/** Say what is known: a number is proof, a gap of Weir's own is not covered by numbers. */
function summary({ gapMs, caught, missed, isUnknown }: OutageFacts): string {
  const relayed = isUnknown
    ? "The server lost its sequence numbers, so the number of posts you missed is unknown."
    : missed
      ? `You missed ${posts(missed)}; ${count(caught)} more were caught up.`
      : `All ${posts(caught)} that Weir received meanwhile were caught up.`;
  return gapMs > 0
    ? `${relayed} Weir itself was not connected for ${duration(gapMs)}: see the gaps.`
    : relayed;
}

function Outage(facts: OutageFacts) {
  return (
    <div class="banner" role="status">
      <p>
        <strong>{facts.ms > 0 ? `Back after ${duration(facts.ms)}.` : "Weir started counting anew."}</strong>{" "}
        {summary(facts)}
      </p>
      <button class="tool" aria-label="Dismiss" onClick={() => (outage.value = null)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** The header: whose page this is, how the connection fares, and the switches. */
import { PAGES, isLive, lastShown, route, write, type PageName } from "./route";
import { me, signOut, standing } from "./session";
import { link } from "../live/socket";
import { next, theme } from "../shared/theme";
import { Avatar } from "../shared/avatar";
import { Icon, Logo } from "../shared/icon";

const THEMES = { auto: "as the device", light: "light", dark: "dark" };

export function Header() {
  return (
    <header class="top">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <h1>
        <Logo /> Weir
      </h1>
      {standing.value !== "out" && standing.value !== "unknown" && <Pages />}
      <div class="top-tools">
        {standing.value === "in" && <Link />}
        <button class="tool" aria-label={`Colours: ${THEMES[theme.value]}`} onClick={next}>
          <Icon name={theme.value} />
        </button>
        {document.fullscreenEnabled && standing.value === "in" && (
          <button class="tool wide-only" aria-label="Full screen" onClick={fullScreen}>
            <Icon name="full" />
          </button>
        )}
        {standing.value === "in" && <Person />}
      </div>
    </header>
  );
}

/** The address names the page, so the jump is made by hand. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

const NAMES: Record<PageName, string> = {
  collections: "Collections",
  machines: "Machines",
  clients: "Clients",
  replays: "Replays",
  deletions: "Deletions",
  people: "People",
};

function Pages() {
  const { view } = route.value;
  const streams = lastShown.value;
  return (
    <nav class="pages" aria-label="Pages">
      <a
        href={streams.length ? write({ view: "live", streams }) : "#"}
        aria-current={isLive.value ? (view === "live" ? "page" : "true") : undefined}
      >
        Live
      </a>
      {PAGES.filter((page) => page !== "people" || me.value?.role === "administrator").map((page) => (
        <a
          key={page}
          href={write({ view: page })}
          aria-current={view === page ? "page" : isIn(page, view) ? "true" : undefined}
        >
          {NAMES[page]}
        </a>
      ))}
      {me.value?.role === "administrator" && <a href="/flower/">Flower</a>}
    </nav>
  );
}

/** Whether what is shown belongs to a page without being it. */
const isIn = (page: PageName, view: string): boolean =>
  page === "collections" && (view === "collection" || (!isLive.value && /new|edit/.test(view)));

function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen().catch(() => undefined);
}

function Link() {
  const words = { connecting: "Connecting", up: "Live", down: "Offline" }[link.value];
  return (
    <span class={`link link-${link.value}`} role="status">
      {words}
    </span>
  );
}

function Person() {
  const who = me.value;
  if (!who) return null;
  return (
    <div class="person">
      <Avatar name={who.name} handle={who.handle} picture={who.avatar} />
      <span class="person-handle" title={who.name}>
        {who.platform === "x" && "@"}
        {who.handle}
      </span>
      <button class="quiet" onClick={() => void signOut().catch(() => location.reload())}>
        <Icon name="out" /> <span>Sign out</span>
      </button>
    </div>
  );
}

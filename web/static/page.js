// The page: sign in, make a stream, start and stop it, watch its posts.
const SHOWN = 200;
const LABELS = ["positive", "neutral", "negative", "unknown"];
const NAMES = {
  starting: "Starting", running: "Running", reconnecting: "Reconnecting",
  stopping: "Stopping", stopped: "Stopped", failed: "Failed", archived: "Deleted",
};
const OUTCOMES = {
  denied: "You did not let us in at X, so nobody is signed in.",
  expired: "That sign-in was no longer valid. Please start again.",
  failed: "X did not answer the sign-in. Please try again.",
};
const at = (id) => document.getElementById(id);

let streams = [];
let current = null; // id of the stream that is shown
let seq = null; // number of the last post that came for it
let left = 0;
let missed = 0;
let paused = false;
let waiting = [];
let socket = null;

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch("/api/v1" + path, options);
  const data = response.status === 204 ? null : await response.json();
  if (!response.ok) throw Object.assign(new Error(data.error.message), data.error, { status: response.status });
  return data;
}

function say(text) {
  at("message").textContent = text;
  at("message").hidden = !text;
}

function complain(error) {
  const field = (error.field ?? "").replace("filter.", "");
  if (field === "word" || field === "place") {
    at(field).setAttribute("aria-invalid", "true");
    at(`${field}-error`).textContent = error.message;
    at(field).focus();
  } else {
    say(error.message);
  }
}

function calm() {
  say("");
  for (const field of ["word", "place"]) {
    at(field).removeAttribute("aria-invalid");
    at(`${field}-error`).textContent = "";
  }
}

// Runs what a person asked for, once at a time, and shows what went wrong beside its field.
async function attempt(button, deed) {
  calm();
  button.disabled = true;
  try {
    await deed();
  } catch (error) {
    complain(error);
  }
  button.disabled = false;
}

function showList() {
  at("list").replaceChildren(...streams.map((stream) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = stream.name;
    button.setAttribute("aria-current", String(stream.id === current));
    button.addEventListener("click", () => select(stream.id));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

function showStatus(status) {
  const parts = [NAMES[status.state] ?? status.state];
  if (status.state === "running") parts.push(`${status.rate.toFixed(1)} posts a second`);
  if (status.fault) parts.push(status.fault.message);
  if (status.note) parts.push(status.note);
  if (left) parts.push(`${left} posts counted but not shown`);
  if (missed) parts.push(`${missed} posts missed here`);
  at("status").textContent = parts.join(" · ");
  for (const label of LABELS) at(label).textContent = status.totals[label].toLocaleString("en");
}

function row(post) {
  const item = document.createElement("li");
  const line = document.createElement("small");
  const label = document.createElement("b");
  item.className = label.className = post.label;
  label.textContent = post.label;
  line.append(label, post.place ? ` · ${post.place}` : "");
  item.append(post.text, line);
  return item;
}

function showPosts(posts) {
  if (paused) {
    waiting = waiting.concat(posts).slice(-SHOWN);
    return;
  }
  at("posts").prepend(...posts.slice(-SHOWN).reverse().map(row));
  while (at("posts").childElementCount > SHOWN) at("posts").lastElementChild.remove();
}

async function select(id) {
  if (current && current !== id) socket.emit("unsubscribe", { stream: current });
  current = id;
  [seq, left, missed, waiting] = [null, 0, 0, []];
  at("posts").replaceChildren();
  const stream = streams.find((each) => each.id === id);
  at("word").value = stream ? stream.filter.word : "";
  at("place").value = stream?.filter.place?.name ?? "";
  at("status").textContent = "";
  for (const label of LABELS) at(label).textContent = "0";
  calm();
  showList();
  if (id && socket.connected) await subscribe(); // else the event "connect" does
}

async function subscribe() {
  const asked = current;
  const answer = await socket.emitWithAck("subscribe", { stream: asked, since: seq });
  if (asked !== current) return;
  if (answer.error) return say(answer.error.message);
  seq = answer.seq;
  missed += answer.missed;
  showPosts(answer.posts);
  showStatus(answer.status);
}

async function start() {
  const filter = { word: at("word").value, place: at("place").value };
  const before = streams.find((each) => each.id === current);
  let stream = before;
  if (!before) {
    stream = await call("POST", "/streams", { filter });
    streams.unshift(stream);
  } else {
    const changed = {};
    if (filter.word !== before.filter.word) changed.word = filter.word;
    if (filter.place !== (before.filter.place?.name ?? "")) changed.place = filter.place;
    if (Object.keys(changed).length) {
      stream = await call("PATCH", `/streams/${before.id}`, { filter: changed });
      streams[streams.indexOf(before)] = stream;
    }
  }
  if (current !== stream.id) await select(stream.id);
  const started = await call("POST", `/streams/${stream.id}/start`);
  showStatus({ ...started.status, totals: started.totals });
}

async function stop() {
  if (!current) return;
  const stream = await call("POST", `/streams/${current}/stop`);
  showStatus({ ...stream.status, totals: stream.totals });
}

async function suggest() {
  const q = at("place").value.trim();
  if (q.length < 2) return;
  const found = await call("GET", `/places/suggest?q=${encodeURIComponent(q.slice(0, 100))}`);
  at("places").replaceChildren(...found.items.map((place) => new Option(place.name, place.name)));
}

function connect() {
  socket = io("/stream");
  socket.on("connect", () => { say(""); if (current) subscribe(); });
  socket.on("disconnect", () => say("The connection was lost; it comes back by itself."));
  socket.on("connect_error", (error) => say(`No live connection: ${error.message}`));
  socket.on("status", (status) => { if (status.stream === current) showStatus(status); });
  socket.on("posts", (frame) => {
    if (frame.stream !== current) return;
    seq = frame.seq;
    left += frame.left_out;
    showPosts(frame.posts);
  });
}

async function open() {
  const outcome = new URLSearchParams(location.search).get("sign_in");
  if (outcome) {
    say(OUTCOMES[outcome] ?? "");
    history.replaceState(null, "", "/");
  }
  let me;
  try {
    me = await call("GET", "/me");
  } catch (error) {
    if (error.status !== 401) say(error.message);
    at("welcome").hidden = false;
    return;
  }
  at("who").textContent = `@${me.handle}`;
  at("who").hidden = at("sign-out").hidden = at("desk").hidden = false;
  connect();
  streams = (await call("GET", "/streams")).items;
  await select(streams[0]?.id ?? null);
}

at("sign-in").addEventListener("click", () => attempt(at("sign-in"), async () => {
  location.assign((await call("POST", "/sign-in")).auth_url);
}));
at("sign-out").addEventListener("click", () => attempt(at("sign-out"), async () => {
  await call("POST", "/sign-out");
  location.assign("/");
}));
at("new").addEventListener("click", () => { select(null); at("word").focus(); });
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(at("start"), start);
});
at("stop").addEventListener("click", () => attempt(at("stop"), stop));
at("pause").addEventListener("click", () => {
  paused = !paused;
  at("pause").setAttribute("aria-pressed", String(paused));
  if (!paused) showPosts(waiting.splice(0));
});
at("place").addEventListener("input", () => suggest().catch(() => {}));

open().catch((error) => say(error.message));

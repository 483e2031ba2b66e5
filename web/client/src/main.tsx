/** Starts the dashboard. */
import { render } from "preact";
import { App, attend } from "./app";
import "./css/index.css";
import { follow } from "./route";
import * as session from "./session";
import * as theme from "./theme";

const host = document.getElementById("app");
const RETRY_MS = 3000;

async function begin(): Promise<void> {
  try {
    await session.begin();
  } catch {
    setTimeout(() => void begin(), RETRY_MS);
  }
}

if (host) {
  theme.begin();
  session.restorePlace();
  follow();
  attend();
  render(<App />, host);
  void begin();
}

/** Starts the dashboard. */
import { render } from "preact";
import { App, synchronize } from "./app";
import "./styles.css";
import { follow } from "./route";
import * as session from "./session";
import * as theme from "../shared/theme";

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
  synchronize();
  render(<App />, host);
  void begin();
}

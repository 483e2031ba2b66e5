/** Capture clients: programs on other machines that run jobs, each with a token of its own. */
import * as api from "../shared/api";
import { all, call, type Box } from "../shared/api";
import { Listing } from "../shared/listing";

export type ClientState = "never" | "connected" | "late" | "disconnected";
/** Created, starting, started, stopping, stopped: as the clients count them. */
export type JobStatus = 0 | 1 | 2 | 3 | 4 | 5;

/** A job, which is also the stream `stream`. */
export interface Job {
  number: number;
  stream: string;
  name: string;
  description: string;
  keywords: string;
  status: JobStatus;
  total_count: number | null;
  rate: number | null;
  pinged_at: number | null;
  created_at: number;
  archived_at: number | null;
}

export interface Client {
  id: number;
  name: string;
  created_at: number;
  state: ClientState;
  seen_at: number | null;
  job: Job | null;
}

/** `path` follows the address of this server in the client's settings. */
export interface IssuedClient {
  id: number;
  name: string;
  token: string;
  path: string;
}

export interface JobBody {
  name: string;
  description: string;
  keywords: string;
}

export const clients = new Listing(() => all<Client>("/clients?"));

const at = (id: number): string => `/clients/${id}`;

export const create = (name: string): Promise<IssuedClient> => call("POST", "/clients", { name });
export const createJob = (client: number, body: JobBody): Promise<Job> =>
  call("POST", `${at(client)}/jobs`, body);
export const changeJob = (client: number, job: number, body: Partial<JobBody>): Promise<Job> =>
  call("PATCH", `${at(client)}/jobs/${job}`, body);
export const jobsOf = (client: number): Promise<Job[]> => all(`${at(client)}/jobs?`);

export const revoke = (client: Client): Promise<void> =>
  order(client, null, () => call("DELETE", at(client.id)));
export const start = (client: Client, job: Job): Promise<void> =>
  order(client, { ...client, job: { ...job, status: 2 } }, () => api.startStream(job.stream));
export const stop = (client: Client, job: Job): Promise<void> =>
  order(client, { ...client, job: { ...job, status: 4 } }, () => api.stopStream(job.stream));
export const archive = (client: Client, job: Job): Promise<void> =>
  order(client, { ...client, job: null }, () => api.archiveStream(job.stream));

/** Put a job that was made or changed in its client's place for it. */
export const put = (client: number, job: Job): void =>
  clients.change((known) => known.map((each) => (each.id === client ? { ...each, job } : each)));

/** Give an order, which leaves the client as expected, or takes it away. */
const order = (
  client: Client,
  expected: Client | null,
  give: () => Promise<unknown>,
): Promise<void> =>
  clients.order(
    client.id,
    (known) => known.flatMap((each) => (each.id === client.id ? (expected ?? []) : each)),
    give,
  );

export const CLIENT_WORDS: Record<ClientState, string> = {
  never: "Never connected",
  connected: "Connected",
  late: "Late",
  disconnected: "Disconnected",
};

export const JOB_WORDS: Record<JobStatus, string> = {
  0: "Unknown",
  1: "Not started yet",
  2: "Asked to start…",
  3: "Capturing",
  4: "Asked to stop…",
  5: "Stopped",
};

export const runs = (job: Job): boolean => job.status === 2 || job.status === 3;

/** What the owner should know about a job whose client is silent; null when all is well. */
export function silence({ state, job }: Client): string | null {
  if (!job || job.status === 1 || job.status === 5) return null;
  if (state === "never") return "The client has never connected. Is it running, with this address and token?";
  if (state === "late") return "The client has not called for 30 seconds.";
  if (state === "disconnected") {
    return "The client stopped calling. It may still be capturing: check its machine.";
  }
  return null;
}

export type Keyword = { word: string } | { box: Box };

/** Keywords as jobs have them: commas between; `geo: lon lat lon lat` is a box. */
export function keywordsOf(text: string): Keyword[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter(Boolean).map((word) => {
    const [lon, lat, otherLon, otherLat, ...more] = word.replace(/^geo:\s*/i, "").split(/\s+/).map(Number);
    const corners = [lon, lat, otherLon, otherLat] as readonly number[];
    if (!/^geo:/i.test(word) || more.length || !corners.every(Number.isFinite)) return { word };
    const [a, b, c, d] = corners as [number, number, number, number];
    return { box: [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)] };
  });
}

/** The settings file of a client, with every key that the existing one reads; the keys of an X app go in. */
export function settingsFile(client: IssuedClient, origin: string): string {
  const settings = {
    server: {
      base_url: origin + client.path,
      client_id: client.name,
      auth_token: client.token,
      ping_interval: 10,
      update_interval: 30,
    },
    twitter_auth: {
      api_key: "the key of an X app that nothing else uses",
      api_secret: "its secret",
      access_token: "needed by the existing client only",
      access_token_secret: "needed by the existing client only",
    },
    source_addr: null,
    output: {
      base_dir: "./data/",
      extension: ".json",
      temporary_extension: ".tmp",
      minute_interval: 10,
      filename_timefmt: "%Y%m%d_%H%M",
    },
    logging: {
      version: 1,
      disable_existing_loggers: false,
      formatters: { line: { format: "%(asctime)s %(levelname)s %(name)s: %(message)s" } },
      handlers: {
        console: { class: "logging.StreamHandler", formatter: "line" },
        errors: {
          class: "logging.handlers.RotatingFileHandler",
          level: "ERROR",
          formatter: "line",
          filename: "./errors.log",
          maxBytes: 10 * 2 ** 20,
          backupCount: 20,
        },
      },
      root: { level: "INFO", handlers: ["console", "errors"] },
    },
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** Devices that posts are written on, as the source of the data point names them. */
import type { Device } from "./api";

export const DEVICES: readonly Device[] = ["iphone", "android", "web", "other"];

export const DEVICE_NAMES: Record<Device, string> = {
  iphone: "iPhone",
  android: "Android",
  web: "Web",
  other: "Other",
};

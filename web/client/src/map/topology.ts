/** Coasts and borders: coarse at first, finer when the view comes closer. */
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import coarse from "world-atlas/countries-110m.json?url";
import fine from "world-atlas/countries-50m.json?url";
import { outline } from "./globe";

export interface WorldTopology {
  land: Path2D;
  borders: Path2D;
}

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

const read = new Map<string, Promise<WorldTopology>>();

export const coarseAtlas = (): Promise<WorldTopology> => get(coarse);
export const fineAtlas = (): Promise<WorldTopology> => get(fine);

function get(url: string): Promise<WorldTopology> {
  let topology = read.get(url);
  if (!topology) {
    topology = load(url);
    read.set(url, topology);
    topology.catch(() => read.delete(url));
  }
  return topology;
}

async function load(url: string): Promise<WorldTopology> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the map answered ${response.status}`);
  const world = (await response.json()) as World;
  return {
    land: outline(feature(world, world.objects.land)),
    borders: outline(mesh(world, world.objects.countries, (a, b) => a !== b)),
  };
}

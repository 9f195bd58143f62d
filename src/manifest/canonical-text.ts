import type { Address } from "../model/address.ts";
import { child } from "../model/address.ts";
import type { Manifest } from "../model/environment.ts";
import { canonical } from "./canonical.ts";
import { originFinder } from "./origin.ts";
import type { Value } from "./tree.ts";
import { isList, isMap } from "./tree.ts";

/**
 * The canonical form as YAML, for people and for `validate` again; with `origin`, each line says where its value was written, or
 * that it is a default. Safe to print: characters that a terminal would obey or hide are escaped.
 */
export function canonicalText(manifest: Manifest, { origin }: { readonly origin: boolean }): string {
  const find = origin ? originFinder(manifest.origins) : null;
  const comment = (address: Address): string => (find === null ? "" : ` # ${find(address)}`);
  const { environments = {}, ...top } = canonical(manifest);
  const head = lines(top, { indent: "", address: (key) => `.${key}`, comment });
  const body = lines(isMap(environments) ? environments : {}, { indent: "  ", address: (key) => child("", key), comment });
  const all = body.length === 0 ? [...head, `environments: {}${comment(".environments")}`] : [...head, "environments:", ...body];
  return `${all.join("\n")}\n`;
}

interface Writing {
  readonly indent: string;
  readonly address: (key: string) => Address;
  readonly comment: (address: Address) => string;
}

function lines(map: { readonly [key: string]: Value }, { indent, address, comment }: Writing): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const here = address(key);
    if (!isMap(value) || Object.keys(value).length === 0) return [`${indent}${scalar(key)}: ${inline(value)}${comment(here)}`];
    return [`${indent}${scalar(key)}:`, ...lines(value, { indent: `${indent}  `, address: (inner) => child(here, inner), comment })];
  });
}

function inline(value: Value): string {
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  if (isMap(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${scalar(key)}: ${inline(item)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return scalar(value);
}

/** Words, paths, addresses and sizes, which need no quotes anywhere in YAML. */
const plain = /^(?:[A-Za-z/](?:[A-Za-z0-9_/.+-]|:(?=[A-Za-z0-9/]))*|[0-9]+[KMGT])$/;

/** Words that YAML 1.1 or 1.2 takes for something else than text. */
const taken = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;

/** As `printable` of the screens, but escaped as YAML does, so that it reads back the same. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu;

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  if (plain.test(value) && !taken.test(value)) return value;
  return JSON.stringify(value).replace(unsafe, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
}

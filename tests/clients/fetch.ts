/** Reads the gallery by the types of openapi-typescript, with openapi-fetch. */

import createClient from "openapi-fetch";
import { address, check, toYear } from "./checks.js";
import type { components, paths } from "./generated/schema.js";

type Schemas = components["schemas"];
type Item = Schemas["GalleryItem"];

const client = createClient<paths>({ baseUrl: address });
const grown: Pick<Item, "kind" | "status"> = { kind: "sound", status: "paused" };
check(grown.status === "paused", "an enumeration may grow");

const page = await client.GET("/v1/gallery", {
  params: { query: { limit: 5, kind: ["image"], include: ["native"] } },
});
check(page.data !== undefined, "a page is read");
const items: Item[] = page.data.items;
const states: Schemas["SourceState"][] = page.data.sources.map(({ state }) => state);
check(items.length === 5 && states.length === 3, "the page is whole");
check(toYear(page.data.links_expire_at) > 2000, "the links' time is read");

const found = items.find((one) => one.cover?.url);
check(found !== undefined, "an item has a cover");
const item = await client.GET("/v1/gallery/{item_id}", {
  params: { path: { item_id: found.id }, query: { include: ["native"] } },
});
check(item.data?.id === found.id, "the item is read");
const native: Schemas["Native"] | null = item.data.native;
check(native === null || typeof native === "object", "native fields are an object");

const [asset]: Schemas["Asset"][] = item.data.assets;
check(asset !== undefined, "the item has an asset");
const file = await client.GET("/v1/gallery/{item_id}/assets/{asset_id}", {
  params: { path: { item_id: found.id, asset_id: asset.id } },
  parseAs: "blob",
});
const blob: Blob | undefined = file.data;
check(blob !== undefined && blob.size > 0, "the asset's file is read");

const told = await client.GET("/v1/providers");
const providers: Schemas["Provider"][] = told.data?.providers ?? [];
check(providers.length === 3, "there are three providers");
check(providers.every(({ filters }) => "properties" in filters), "filters are told");

const missing = await client.GET("/v1/gallery/{item_id}", {
  params: { path: { item_id: "avatar:none" } },
});
const problem: Schemas["Problem"] | undefined = missing.error;
check(problem?.code === "not-found" && problem.status === 404, "a problem is read");

/** Reads the gallery by the client of @hey-api/openapi-ts. */

import { address, check, toYear } from "./checks.js";
import { client } from "./generated/hey/client.gen.js";
import * as gateway from "./generated/hey/index.js";

client.setConfig({ baseUrl: address });
const grown: Pick<gateway.GalleryItem, "kind" | "status"> = {
  kind: "sound",
  status: "paused",
};
check(grown.status === "paused", "an enumeration may grow");

const page = await gateway.listGallery({
  query: { limit: 5, kind: ["image"], include: ["native"] },
});
check(page.data !== undefined, "a page is read");
const items: gateway.GalleryItem[] = page.data.items;
const states: gateway.SourceState[] = page.data.sources.map(({ state }) => state);
check(items.length === 5 && states.length === 3, "the page is whole");
check(toYear(page.data.links_expire_at) > 2000, "the links' time is read");

const found = items.find((one) => one.cover?.url);
check(found !== undefined, "an item has a cover");
const item = await gateway.getItem({
  path: { item_id: found.id },
  query: { include: ["native"] },
});
check(item.data?.id === found.id, "the item is read");
const native: gateway.Native | null = item.data.native;
check(native === null || typeof native === "object", "native fields are an object");

const [asset]: gateway.Asset[] = item.data.assets;
check(asset !== undefined, "the item has an asset");
const file = await gateway.getAsset({
  path: { item_id: found.id, asset_id: asset.id },
});
const blob: Blob | undefined = file.data;
check(blob !== undefined && blob.size > 0, "the asset's file is read");

const told = await gateway.listProviders();
const providers: gateway.Provider[] = told.data?.providers ?? [];
check(providers.length === 3, "there are three providers");
check(providers.every(({ filters }) => "properties" in filters), "filters are told");

const missing = await gateway.getItem({ path: { item_id: "avatar:none" } });
const problem: gateway.Problem | undefined = missing.error;
check(problem?.code === "not-found" && problem.status === 404, "a problem is read");

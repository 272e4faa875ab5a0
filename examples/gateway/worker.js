// The countersign gateway. wrangler.toml says what it does.

export { default, Inbox } from "countersign/gateway";

import { state } from "../../../../record.mjs";

export default (req, res) => res.json(state());

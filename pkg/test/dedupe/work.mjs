// A piece of work that leaves a row, and the commit that belongs to it.

/** What a handler does in a transaction; synchronously, where the database does. */
export const workAndCommit = (store, claim, query, name) => {
  const worked = query("INSERT INTO work (name) VALUES ($1)", [name]);
  const commit = () => store.commitIn(query, claim);
  return worked instanceof Promise ? worked.then(commit) : commit();
};

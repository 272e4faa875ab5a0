/** Whether two types are the very same, `any` and `readonly` told apart. */
type Same<A, B> =
  (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

/** Doesn't compile unless both types are the same: `exact<typeof event.type, "hull.sold">()`. */
declare function exact<A, B>(...unless: Same<A, B> extends true ? [] : [differ: A, B]): void;

/** Some value of a type. Nothing here runs. */
declare function some<T>(): T;

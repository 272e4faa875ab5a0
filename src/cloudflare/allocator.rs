/// Small, and without the 8 kB of the default allocator.
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf<Options> = rlsf::GlobalTlsf::new();

#[derive(Debug)]
struct Options;

impl rlsf::GlobalTlsfOptions for Options {
    const ENABLE_REALLOCATION: bool = false;
    // Bodies are larger than the pages that memory grows by: pieces that touch are made one.
    const COALESCE_POOLS: bool = true;
}

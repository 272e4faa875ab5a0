use worker::{Context, Env, event};

/// What makes the built wasm a Worker.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> worker::Result<web_sys::Response> {
    Ok(super::handle(request, env, context).await?)
}

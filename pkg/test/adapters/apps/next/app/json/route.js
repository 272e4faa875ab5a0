export const POST = async (request) => Response.json({ got: await request.json() });

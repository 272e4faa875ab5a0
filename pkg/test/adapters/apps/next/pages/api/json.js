export default (req, res) => res.json({ got: req.body });

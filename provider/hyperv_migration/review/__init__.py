"""A preview, told to people who know Hyper-V and not Pulumi: `pulumi preview --json` to Markdown or HTML. Pure."""

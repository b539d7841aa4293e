-- A database as the first version of this program left it (a dump of it), in the middle of a create. Never changed:
-- every later version brings it up to date.
CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE public.records (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    scope text COLLATE pg_catalog."C",
    version bigint NOT NULL,
    status text NOT NULL,
    due bigint,
    created bigint NOT NULL,
    body text NOT NULL,
    keeper integer NOT NULL
);
INSERT INTO public._sqlx_migrations VALUES (1, 'records', '2026-11-26 01:48:58.813243+00', true, '\x53a070ad64a453fec4e761fc68218f866887ac7a39ea8b13d51ad0b0ae942fb7d79d3fa2474370cdc84a981c42b8e3c8', 21635389);
INSERT INTO public.records VALUES ('setting', 'page-key', '', NULL, NULL, 1, '', NULL, 1795657739308046, '79c958fd23480fa984468f6385b350b9e3c6b9f04e65cfb883ce5d2974ea2729', 116563575);
INSERT INTO public.records VALUES ('token', '9860a0404e0b2647f3cba307d6c2d388cee76529d301ab32d7248aa5466138e3', '', NULL, NULL, 1, '', 1795744139765338, 1795657739765256, '{"request":"0df2a21491e94a8c1362e6d5d52668a55bee014c86961bf390ce89896dc5d461","resource":"refunds-vkjtjuilzk","created":1795657739765256,"expires":1795744139765337}', 116563575);
INSERT INTO public.records VALUES ('policy-engine', 'refunds-vkjtjuilzk', '', 'refunds', NULL, 2, 'ACTIVE', NULL, 1795657739765256, '{"name":"refunds","description":"first version","encryption_key_arn":null,"tags":{"team":"a"},"status_reasons":[],"updated":1795657739781359}', 116563575);
INSERT INTO public.records VALUES ('token', '288c0b113094fae83438dcbf53eada5588359295a902c775516647680fb28497', '', NULL, NULL, 1, '', 1795744141010729, 1795657741010662, '{"request":"e053e66024882b3ea47962255894454a916b887b97be5cf464f930b73265c037","resource":"everyone-z93spjhip0","created":1795657741010662,"expires":1795744141010728}', 116563575);
INSERT INTO public.records VALUES ('policy', 'everyone-z93spjhip0', 'refunds-vkjtjuilzk', 'everyone', NULL, 2, 'ACTIVE', NULL, 1795657741010662, '{"name":"everyone","description":"d","asked":{"definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway);"}},"enforcement_mode":"ACTIVE"},"in_force":{"definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway);"}},"enforcement_mode":"ACTIVE"},"validation_mode":"FAIL_ON_ANY_FINDINGS","tags":{},"status_reasons":[],"updated":1795657741033865}', 116563575);
INSERT INTO public.records VALUES ('policy', 'wrong-fnmxn7vahr', 'refunds-vkjtjuilzk', 'wrong', NULL, 2, 'CREATE_FAILED', NULL, 1795657741126458, '{"name":"wrong","description":null,"asked":{"definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };"}},"enforcement_mode":"ACTIVE"},"in_force":null,"validation_mode":"FAIL_ON_ANY_FINDINGS","tags":{},"status_reasons":["Multiple errors occurred during policy parsing/validation:\n* for policy `wrong_fnmxn7vahr_0`, attribute `nope` on entity type `AgentCore::IamEntity` not found\n  for policy `wrong_fnmxn7vahr_0`, attribute `nope` on entity type `AgentCore::IamEntity` not found at line 1, column 66:\n  1 permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };\ndid you mean `id`?\n\n* for policy `wrong_fnmxn7vahr_0`, attribute `nope` on entity type `AgentCore::OAuthUser` not found\n  for policy `wrong_fnmxn7vahr_0`, attribute `nope` on entity type `AgentCore::OAuthUser` not found at line 1, column 66:\n  1 permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };\ndid you mean `id`?\n\n* for policy `wrong_fnmxn7vahr_0`, attribute `nope` on entity type `AgentCore::UnauthenticatedUser` not found\n  for policy `wrong_fnmxn7vahr_0`, attribute `nope` on entity type `AgentCore::UnauthenticatedUser` not found at line 1, column 66:\n  1 permit(principal, action, resource is AgentCore::Gateway) when { principal.nope == 1 };\n"],"updated":1795657741146041}', 116563575);
INSERT INTO public.records VALUES ('policy', 'second-3b2wun6chx', 'refunds-vkjtjuilzk', 'second', NULL, 1, 'CREATING', 1795657742247574, 1795657742237574, '{"name":"second","description":null,"asked":{"definition":{"cedar":{"statement":"forbid(principal, action, resource is AgentCore::Gateway);"}},"enforcement_mode":"ACTIVE"},"in_force":null,"validation_mode":"IGNORE_ALL_FINDINGS","tags":{},"status_reasons":[],"updated":1795657742237574}', 116563575);
ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
CREATE INDEX records_due ON public.records USING btree (due) WHERE (due IS NOT NULL);
CREATE INDEX records_kept ON public.records USING btree (keeper, due) WHERE (due IS NOT NULL);
CREATE UNIQUE INDEX records_key ON public.records USING btree (kind, id);
CREATE INDEX records_list ON public.records USING btree (kind, parent, created, id);
CREATE UNIQUE INDEX records_name ON public.records USING btree (kind, name) WHERE (name IS NOT NULL);

--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: antflow_fixture; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA antflow_fixture;


--
-- Name: at(bigint); Type: FUNCTION; Schema: antflow_fixture; Owner: -
--

CREATE FUNCTION antflow_fixture.at(ticks bigint) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT to_timestamp((ticks - 621355968000000000) / 10000000.0) $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: about; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.about (
    application text NOT NULL,
    version integer NOT NULL
);


--
-- Name: chunks; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.chunks (
    run integer NOT NULL,
    item bigint NOT NULL,
    stage integer NOT NULL,
    index integer NOT NULL,
    data bytea NOT NULL,
    checksum integer NOT NULL
);


--
-- Name: items; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.items (
    run integer NOT NULL,
    key bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    sequence bigint NOT NULL,
    entry_stage integer NOT NULL,
    stage integer NOT NULL,
    state smallint NOT NULL,
    priority integer NOT NULL,
    metadata bytea NOT NULL,
    task integer NOT NULL,
    attempts integer NOT NULL,
    crashes integer NOT NULL,
    crash_epoch bigint NOT NULL,
    next_attempt_at bigint,
    backoff bigint NOT NULL,
    error bytea NOT NULL,
    stored_at bigint NOT NULL,
    checksum integer NOT NULL,
    width integer DEFAULT 0 NOT NULL,
    lone_crashes integer DEFAULT 0 NOT NULL,
    value_stage integer
)
WITH (fillfactor='70');


--
-- Name: marks; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.marks (
    run integer NOT NULL,
    epoch integer NOT NULL,
    slot integer NOT NULL,
    stage integer NOT NULL,
    id text
)
WITH (fillfactor='50');


--
-- Name: onces; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.onces (
    run integer NOT NULL,
    item bigint NOT NULL,
    name_hash bytea NOT NULL,
    stage text NOT NULL,
    key text NOT NULL,
    generation integer NOT NULL,
    state smallint NOT NULL,
    answer bytea NOT NULL,
    stored_at bigint NOT NULL,
    contract integer NOT NULL,
    checksum integer NOT NULL,
    format integer DEFAULT 1 NOT NULL
)
WITH (fillfactor='70');


--
-- Name: openings; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.openings (
    epoch integer NOT NULL,
    run integer NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    process_start bigint NOT NULL,
    process_space text NOT NULL,
    backend_pid integer NOT NULL,
    backend_start timestamp with time zone NOT NULL,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    planned_end_at timestamp with time zone
)
WITH (fillfactor='50');


--
-- Name: openings_epoch_seq; Type: SEQUENCE; Schema: antflow_fixture; Owner: -
--

ALTER TABLE antflow_fixture.openings ALTER COLUMN epoch ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME antflow_fixture.openings_epoch_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: runs; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.runs (
    number integer NOT NULL,
    run_id text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    epoch integer,
    description text
)
WITH (fillfactor='50');


--
-- Name: runs_number_seq; Type: SEQUENCE; Schema: antflow_fixture; Owner: -
--

ALTER TABLE antflow_fixture.runs ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME antflow_fixture.runs_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: steps; Type: TABLE; Schema: antflow_fixture; Owner: -
--

CREATE TABLE antflow_fixture.steps (
    run integer NOT NULL,
    item bigint NOT NULL,
    stage integer NOT NULL,
    value bytea NOT NULL,
    chunks integer NOT NULL,
    attempts integer NOT NULL,
    is_skipped boolean NOT NULL,
    is_told boolean NOT NULL,
    finished_at bigint NOT NULL,
    checksum integer NOT NULL,
    format integer DEFAULT 1 NOT NULL
)
WITH (fillfactor='90');


--
-- Data for Name: about; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.about VALUES ('AntFlow.Dataflow.Checkpoints', 3);


--
-- Data for Name: chunks; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.chunks VALUES (1, 4294967307, 0, 0, decode('7b224e616d65223a226c61726765222c22416d6f756e74223a352c22446973636f756e74223a6e756c6c2c224b696e64223a322c224265666f7265223a312c224e6f7465223a22' || repeat('78', 262073) || '', 'hex'), 1988711721);
INSERT INTO antflow_fixture.chunks VALUES (1, 4294967307, 0, 1, decode('' || repeat('78', 37927) || '227d', 'hex'), 333392141);


--
-- Data for Name: items; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.items VALUES (1, 4294967304, 's:untold', 7, 0, 1, 0, 100, '\x', 0, 0, 0, 0, NULL, 0, '\x', 639315418761470936, 1651867790, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967303, 's:begun', 6, 0, 3, 0, 100, '\x', 0, 0, 1, 1, NULL, 0, '\x', 639315418793440291, 677810938, 2, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967299, 's:waiting in Lines', 2, 0, 2, 0, 100, '\x', 0, 1, 0, 0, 639315419062015118, 300000000, '\x7b2274797065223a2254696d656f7574457863657074696f6e222c226d657373616765223a224e6f20616e737765722e222c2264657461696c73223a2253797374656d2e54696d656f7574457863657074696f6e3a204e6f20616e737765722e5c6e20202061742050726f6772616d2e5c75303033435c7530303345635f5f446973706c6179436c617373305f312e5c75303033435c75303033434d61696e5c7530303345245c7530303345625f5f3328537472696e672073746167652c20537472696e67206974656d2c2043616e63656c6c6174696f6e546f6b656e20746f6b656e295c6e202020617420416e74466c6f772e44617461666c6f772e546573744b69742e436865636b706f696e74732e53746f7265644a6f622e43616c6c4173796e6328537472696e672073746167652c205374616765436f6e7465787420636f6e74657874295c6e202020617420416e74466c6f772e44617461666c6f772e546573744b69742e436865636b706f696e74732e53746f7265644a6f622e5c75303033434d616b655c7530303345625f5f33375f3428496e7433322070726963652c205374616765436f6e7465787420636f6e7465787429227d', 639315418762034537, -1372879914, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967298, 's:failed in Price', 1, 0, 1, 2, 100, '\x', 0, 1, 0, 0, NULL, 0, '\x7b2274797065223a22496e76616c69644f7065726174696f6e457863657074696f6e222c226d657373616765223a225468657265206973206e6f2070726963652e222c2264657461696c73223a2253797374656d2e496e76616c69644f7065726174696f6e457863657074696f6e3a205468657265206973206e6f2070726963652e5c6e20202061742050726f6772616d2e5c75303033435c7530303345635f5f446973706c6179436c617373305f312e5c75303033435c75303033434d61696e5c7530303345245c7530303345625f5f3328537472696e672073746167652c20537472696e67206974656d2c2043616e63656c6c6174696f6e546f6b656e20746f6b656e295c6e202020617420416e74466c6f772e44617461666c6f772e546573744b69742e436865636b706f696e74732e53746f7265644a6f622e43616c6c4173796e6328537472696e672073746167652c205374616765436f6e7465787420636f6e74657874295c6e202020617420416e74466c6f772e44617461666c6f772e546573744b69742e436865636b706f696e74732e53746f7265644a6f622e5c75303033434d616b655c7530303345625f5f33375f322853746f7265644f72646572206f726465722c205374616765436f6e7465787420636f6e7465787429227d', 639315418762067328, -1778978806, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967297, 's:through', 0, 0, 4, 1, 100, '\x', 0, 0, 0, 0, NULL, 0, '\x', 639315418762855814, -14955941, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967308, 's:marked', 11, 0, 1, 0, -5, '\x7b226f66223a5b2274657874222c226d61726b6564225d2c226e223a5b22696e74222c375d2c226174223a5b2274696d65222c22313937302d30312d30315430303a30303a30302b30303a3030225d7d', 0, 0, 0, 0, NULL, 0, '\x', 639315418762988107, -1561662459, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967306, 's:after Read', 9, 0, 1, 0, 100, '\x', 0, 0, 0, 0, NULL, 0, '\x', 639315418763023354, 310420204, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967307, 's:large', 10, 0, 1, 0, 100, '\x', 0, 0, 0, 0, NULL, 0, '\x', 639315418763022430, -1751045915, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (2, 8589934593, 's:kept', 0, 0, 0, 0, 3, '\x', 0, 0, 0, 0, NULL, 0, '\x', 639315418763511938, 792636331, 0, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967300, 's:in Price', 3, 0, 1, 0, 100, '\x', 0, 0, 1, 1, NULL, 0, '\x', 639315418793438131, 247196954, 2, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967305, 's:crashed in Lines', 8, 0, 2, 0, 100, '\x', 0, 0, 1, 1, NULL, 0, '\x', 639315418793440237, -1558810963, 2, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967301, 's:in Ship', 4, 0, 3, 0, 100, '\x', 0, 0, 1, 1, NULL, 0, '\x', 639315418793440254, -1247406404, 2, 0, NULL);
INSERT INTO antflow_fixture.items VALUES (1, 4294967302, 's:answered', 5, 0, 3, 0, 100, '\x', 0, 0, 1, 1, NULL, 0, '\x', 639315418793440260, 236738800, 2, 0, NULL);


--
-- Data for Name: marks; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.marks VALUES (1, 3, 0, 0, 's:crashed in Read');
INSERT INTO antflow_fixture.marks VALUES (1, 3, 1, 2, 's:crashed in Lines');


--
-- Data for Name: onces; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.onces VALUES (1, 4294967303, '\xc8afbaadba2a0050d70d499531be53f05e240b7584e7b58e2ff4dd809366977e', 'Ship', 'label', 0, 1, '\x', 639315418762426481, 0, 1847163243, 1);
INSERT INTO antflow_fixture.onces VALUES (1, 4294967302, '\xc8afbaadba2a0050d70d499531be53f05e240b7584e7b58e2ff4dd809366977e', 'Ship', 'label', 0, 2, '\x7b224964223a226f6c642d616e737765726564222c224b696e64223a312c224174223a6e756c6c7d', 639315418762706372, 1600474933, 392079561, 2);
INSERT INTO antflow_fixture.onces VALUES (1, 4294967297, '\xc8afbaadba2a0050d70d499531be53f05e240b7584e7b58e2ff4dd809366977e', 'Ship', 'label', 0, 2, '\x7b224964223a226f6c642d7468726f756768222c224b696e64223a312c224174223a6e756c6c7d', 639315418762745582, 1600474933, 778032957, 2);


--
-- Data for Name: openings; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.openings OVERRIDING SYSTEM VALUE VALUES (2, 2, 'fixture', 1, 1, 'fixture', 1578, '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00', NULL, NULL);
INSERT INTO antflow_fixture.openings OVERRIDING SYSTEM VALUE VALUES (1, 1, 'fixture', 1, 1, 'fixture', 1573, '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00', '2026-11-29 09:37:59.197007+00', NULL);
INSERT INTO antflow_fixture.openings OVERRIDING SYSTEM VALUE VALUES (3, 1, 'fixture', 1, 1, 'fixture', 1666, '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00', '2020-01-01 00:00:00+00', NULL, NULL);


--
-- Data for Name: runs; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.runs OVERRIDING SYSTEM VALUE VALUES (1, 'nightly', '2026-11-29 09:37:55.783599+00', '2026-11-29 09:37:59.521275+00', 3, '{"Input":null,"Stages":[{"Name":"Read","Version":null,"Type":"StoredOrder","Contract":"object{\\u0022Name\\u0022: String, \\u0022Amount\\u0022: Int32, \\u0022Discount\\u0022: Int32? optional, \\u0022Kind\\u0022: enum\\u003CInt32\\u003E{\\u0022Normal\\u0022=0, \\u0022Express\\u0022=1, \\u0022Gift\\u0022=2}, \\u0022Before\\u0022: enum\\u003CInt32\\u003E{\\u0022Normal\\u0022=0, \\u0022Express\\u0022=1, \\u0022Gift\\u0022=2}? optional, \\u0022Note\\u0022: String? optional}"},{"Name":"Price","Version":null,"Type":"Int32","Contract":"Int32"},{"Name":"Lines","Version":null,"Type":"List\\u003CString\\u003E","Contract":"list\\u003CString\\u003E"},{"Name":"Ship","Version":null,"Type":"String","Contract":"String"}],"Format":2,"Answers":[{"Contract":1600474933,"Shape":"object{\\u0022Id\\u0022: String, \\u0022Kind\\u0022: enum\\u003CInt32\\u003E{\\u0022Normal\\u0022=0, \\u0022Express\\u0022=1, \\u0022Gift\\u0022=2}, \\u0022At\\u0022: DateTimeOffset? optional}"}],"Checksum":618500653}');
INSERT INTO antflow_fixture.runs OVERRIDING SYSTEM VALUE VALUES (2, 'service', '2026-11-29 09:37:56.331935+00', '2026-11-29 09:37:56.35533+00', 2, '{"Input":"String","Stages":[{"Name":"Read","Version":null,"Type":"StoredOrder","Contract":"object{\\u0022Name\\u0022: String, \\u0022Amount\\u0022: Int32, \\u0022Discount\\u0022: Int32? optional, \\u0022Kind\\u0022: enum\\u003CInt32\\u003E{\\u0022Normal\\u0022=0, \\u0022Express\\u0022=1, \\u0022Gift\\u0022=2}, \\u0022Before\\u0022: enum\\u003CInt32\\u003E{\\u0022Normal\\u0022=0, \\u0022Express\\u0022=1, \\u0022Gift\\u0022=2}? optional, \\u0022Note\\u0022: String? optional}"},{"Name":"Price","Version":null,"Type":"Int32","Contract":"Int32"},{"Name":"Lines","Version":null,"Type":"List\\u003CString\\u003E","Contract":"list\\u003CString\\u003E"},{"Name":"Ship","Version":null,"Type":"String","Contract":"String"}],"Format":2,"Checksum":2769852043}');


--
-- Data for Name: steps; Type: TABLE DATA; Schema: antflow_fixture; Owner: -
--

INSERT INTO antflow_fixture.steps VALUES (1, 4294967304, 0, '\x7b224e616d65223a22756e746f6c64222c22416d6f756e74223a362c22446973636f756e74223a332c224b696e64223a302c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, false, 639315418761470971, -1464858020, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967298, 0, '\x7b224e616d65223a226661696c656420696e205072696365222c22416d6f756e74223a31352c22446973636f756e74223a6e756c6c2c224b696e64223a302c224265666f7265223a312c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761754984, 1537143337, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967299, 0, '\x7b224e616d65223a2277616974696e6720696e204c696e6573222c22416d6f756e74223a31362c22446973636f756e74223a332c224b696e64223a312c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761761236, -381838856, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967300, 0, '\x7b224e616d65223a22696e205072696365222c22416d6f756e74223a382c22446973636f756e74223a332c224b696e64223a322c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761761327, -202589675, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967301, 0, '\x7b224e616d65223a22696e2053686970222c22416d6f756e74223a372c22446973636f756e74223a6e756c6c2c224b696e64223a312c224265666f7265223a312c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761761358, -401087548, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967302, 0, '\x7b224e616d65223a22616e737765726564222c22416d6f756e74223a382c22446973636f756e74223a332c224b696e64223a322c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761761384, -1844338793, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967303, 0, '\x7b224e616d65223a22626567756e222c22416d6f756e74223a352c22446973636f756e74223a6e756c6c2c224b696e64223a322c224265666f7265223a312c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761761415, -1928936827, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967305, 0, '\x7b224e616d65223a226372617368656420696e204c696e6573222c22416d6f756e74223a31362c22446973636f756e74223a332c224b696e64223a312c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761780228, 1895217380, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967297, 0, '\x7b224e616d65223a227468726f756768222c22416d6f756e74223a372c22446973636f756e74223a6e756c6c2c224b696e64223a312c224265666f7265223a312c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418761785429, 314460326, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967303, 1, '\x32303531', 0, 1, false, true, 639315418761813524, 1457802324, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967302, 1, '\x32313737', 0, 1, false, true, 639315418761813969, -458162057, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967301, 1, '\x31303731', 0, 1, false, true, 639315418761814043, 900006849, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967297, 1, '\x31303731', 0, 1, false, true, 639315418761835668, 702810974, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967305, 1, '\x31323537', 0, 1, false, true, 639315418761836759, -2014325523, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967299, 1, '\x31323537', 0, 1, false, true, 639315418761868807, -645334532, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967301, 2, '\x5b2231303731222c226e6574225d', 0, 1, false, true, 639315418761974611, 244952234, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967302, 2, '\x5b2232313737222c226e6574225d', 0, 1, false, true, 639315418761975348, 2117876202, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967303, 2, '\x5b2232303531222c226e6574225d', 0, 1, false, true, 639315418761975462, 54771170, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967297, 2, '\x5b2231303731222c226e6574225d', 0, 1, false, true, 639315418762061286, -1751443732, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967297, 3, '\x226f6c642d7468726f7567683a20313037312c206e657422', 0, 1, false, true, 639315418762855901, -1887602243, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967308, 0, '\x7b224e616d65223a226d61726b6564222c22416d6f756e74223a362c22446973636f756e74223a332c224b696e64223a302c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418763142328, -1618187881, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967306, 0, '\x7b224e616d65223a2261667465722052656164222c22416d6f756e74223a31302c22446973636f756e74223a332c224b696e64223a312c224265666f7265223a6e756c6c2c224e6f7465223a6e756c6c7d', 0, 1, false, true, 639315418763142506, -680118999, 2);
INSERT INTO antflow_fixture.steps VALUES (1, 4294967307, 0, '\x', 2, 1, false, true, 639315418763183812, 660800493, 2);
INSERT INTO antflow_fixture.steps VALUES (2, 8589934593, -1, '\x226b65707422', 0, 0, false, true, 639315418763512071, -1220343573, 2);


--
-- Name: openings_epoch_seq; Type: SEQUENCE SET; Schema: antflow_fixture; Owner: -
--

SELECT pg_catalog.setval('antflow_fixture.openings_epoch_seq', 3, true);


--
-- Name: runs_number_seq; Type: SEQUENCE SET; Schema: antflow_fixture; Owner: -
--

SELECT pg_catalog.setval('antflow_fixture.runs_number_seq', 2, true);


--
-- Name: chunks chunks_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.chunks
    ADD CONSTRAINT chunks_pkey PRIMARY KEY (run, item, stage, index);


--
-- Name: items items_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (run, key);


--
-- Name: items items_run_id_key; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.items
    ADD CONSTRAINT items_run_id_key UNIQUE (run, id);


--
-- Name: marks marks_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.marks
    ADD CONSTRAINT marks_pkey PRIMARY KEY (run, epoch, slot);


--
-- Name: onces onces_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.onces
    ADD CONSTRAINT onces_pkey PRIMARY KEY (run, item, name_hash);


--
-- Name: openings openings_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.openings
    ADD CONSTRAINT openings_pkey PRIMARY KEY (epoch);


--
-- Name: runs runs_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (number);


--
-- Name: runs runs_run_id_key; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.runs
    ADD CONSTRAINT runs_run_id_key UNIQUE (run_id);


--
-- Name: steps steps_pkey; Type: CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (run, item, stage);


--
-- Name: openings_of_a_run; Type: INDEX; Schema: antflow_fixture; Owner: -
--

CREATE INDEX openings_of_a_run ON antflow_fixture.openings USING btree (run);


--
-- Name: openings openings_run_fkey; Type: FK CONSTRAINT; Schema: antflow_fixture; Owner: -
--

ALTER TABLE ONLY antflow_fixture.openings
    ADD CONSTRAINT openings_run_fkey FOREIGN KEY (run) REFERENCES antflow_fixture.runs(number) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--



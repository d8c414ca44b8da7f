-- The points of pact golden (content …): a row per lead. For PostgreSQL.
-- Points are hundredths of a point. It reads two tables; where a fact is unknown or blank stands NULL:
--
--   CREATE TABLE lead (
--     lead BIGINT,  -- the lead's number, any
--     fact_city TEXT,  -- city: NFKC, case-folded, trimmed
--     fact_country TEXT,  -- country: NFKC, case-folded, trimmed
--     fact_email TEXT,  -- email: NFKC, case-folded, trimmed
--     domains_email_domain TEXT,  -- email domain: its domain and all above it, a blank around each: ' mail.acme.example acme.example example '
--     fact_email_opt_out BIGINT,  -- email opt out: 1 or 0
--     fact_employees BIGINT,  -- employees: a whole number
--     fact_phone TEXT,  -- phone: NFKC, case-folded, trimmed
--     fact_seats BIGINT,  -- seats: a whole number
--     words_title TEXT  -- title: its words case-folded, a blank around each: ' vp of sales '
--   );
--   CREATE TABLE signal (
--     lead BIGINT,  -- the lead's number in `lead`
--     signal TEXT,  -- the act's id; an act seen twice stands here once
--     name TEXT,  -- what was done, by the pact's name of it
--     asset TEXT,  -- what it was about, such as one e-mail sequence; '' where nothing
--     day BIGINT,  -- number of its day (UTC), counted from any day
--     age BIGINT  -- whole days of 24 hours from the act to the instant asked for, 0 or more
--   );
--
-- No act in `signal` is later than the instant asked for, or older than the lead's present episode.
-- `leadpact pact query --tables FOLDER` writes both from leadpact's state, as CSV.
-- `decay` in the query says what an act earns at each age, rule by rule.
--
-- It gives:
--   lead: the lead's number
--   size: 50 to 500 employees
--   senior: Senior, and not a student
--   home: At home in O'Brien's town
--   seats: More seats than before
--   unasked: Phone known
--   visit: Visited
--   series: Three of one sequence
--   left: Unsubscribed
--   competitor: Works for a competitor (1 where it holds)
--   no_mail: No address (1 where it holds)
WITH decay AS (
  SELECT * FROM (VALUES (5, 0, 800), (5, 1, 566), (5, 2, 400), (5, 3, 283), (6, 0, 1000), (6, 1, 1000),
  (6, 2, 1000), (7, 0, 400), (7, 1, 400)) AS d(rule, age, points)
)
SELECT
  l.lead,
  CASE WHEN fact_employees >= 50 AND fact_employees <= 500 THEN 1500 ELSE 0 END AS "size",
  CASE
    WHEN (
      POSITION(' führung ' IN words_title) > 0
      OR POSITION(' vice president ' IN words_title) > 0
      OR POSITION(' vp ' IN words_title) > 0
    )
    AND NOT (
      POSITION(' student ' IN words_title) > 0
    )
    THEN 2050
    ELSE 0
  END AS "senior",
  CASE
    WHEN fact_city IN ('o''brien\town')
    OR SUBSTRING(fact_city FROM 1 FOR 5) = '100%_'
    OR fact_country IN ('deutschland', 'österreich')
    THEN 500
    ELSE 0
  END AS "home",
  CASE
    WHEN fact_seats > -3 AND NOT (
      fact_email_opt_out IN (1)
    )
    THEN -725
    ELSE 0
  END AS "seats",
  CASE WHEN NOT fact_phone IS NULL THEN 100 ELSE 0 END AS "unasked",
  LEAST(COALESCE(e.rule_5, 0), 2000) AS "visit",
  LEAST(COALESCE(e.rule_6, 0), 1000) AS "series",
  -LEAST(COALESCE(e.rule_7, 0), 400) AS "left",
  CASE
    WHEN POSITION(' contender.example ' IN domains_email_domain) > 0
    OR POSITION(' rival.example ' IN domains_email_domain) > 0
    THEN 1
    ELSE 0
  END AS "competitor",
  CASE WHEN NOT (
    NOT fact_email IS NULL
  ) THEN 1 ELSE 0 END AS "no_mail"
FROM lead AS l
LEFT JOIN (
  SELECT
    h.lead,
    SUM(CASE WHEN h.rule = 5 THEN d.points END) AS rule_5,
    SUM(CASE WHEN h.rule = 6 THEN d.points END) AS rule_6,
    SUM(CASE WHEN h.rule = 7 THEN d.points END) AS rule_7
  FROM (
    SELECT
      lead,
      signal,
      day,
      age,
      CASE WHEN name IN ('demo_page', 'pricing_page') THEN 5 ELSE 7 END AS rule,
      CASE WHEN name IN ('demo_page', 'pricing_page') THEN 2000 ELSE 400 END AS cap,
      CASE WHEN name IN ('demo_page', 'pricing_page') THEN 1 ELSE -1 END AS sign
    FROM signal
    WHERE
      name IN ('demo_page', 'pricing_page', 'unsubscribed')
    UNION ALL
    SELECT
      lead,
      signal,
      day,
      age,
      6 AS rule,
      1000 AS cap,
      1 AS sign
    FROM (
      SELECT
        lead,
        signal,
        day,
        age,
        LAG(day, 2) OVER (PARTITION BY lead, asset ORDER BY day NULLS FIRST, signal COLLATE "C" NULLS FIRST) AS nth
      FROM signal
      WHERE
        name IN ('email_opened')
    ) AS n
    WHERE
      day - nth <= 2
  ) AS h
  JOIN decay AS d
    ON d.rule = h.rule AND d.age = h.age
  GROUP BY
    h.lead
) AS e
  ON e.lead = l.lead
ORDER BY
  l.lead;

-- The evidence of pact golden (content …): a row per lead, rule and act. For Spark SQL.
-- Points are hundredths of a point. It reads two tables; where a fact is unknown or blank stands NULL:
--
--   CREATE TABLE lead (
--     lead BIGINT,  -- the lead's number, any
--     fact_city STRING,  -- city: NFKC, case-folded, trimmed
--     fact_country STRING,  -- country: NFKC, case-folded, trimmed
--     fact_email STRING,  -- email: NFKC, case-folded, trimmed
--     domains_email_domain STRING,  -- email domain: its domain and all above it, a blank around each: ' mail.acme.example acme.example example '
--     fact_email_opt_out BIGINT,  -- email opt out: 1 or 0
--     fact_employees BIGINT,  -- employees: a whole number
--     fact_phone STRING,  -- phone: NFKC, case-folded, trimmed
--     fact_seats BIGINT,  -- seats: a whole number
--     words_title STRING  -- title: its words case-folded, a blank around each: ' vp of sales '
--   );
--   CREATE TABLE signal (
--     lead BIGINT,  -- the lead's number in `lead`
--     signal STRING,  -- the act's id; an act seen twice stands here once
--     name STRING,  -- what was done, by the pact's name of it
--     asset STRING,  -- what it was about, such as one e-mail sequence; '' where nothing
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
--   rule: 0 = size (50 to 500 employees); 1 = senior (Senior, and not a student); 2 = home (At home in O'Brien's town); 3 = seats (More seats than before); 4 = unasked (Phone known); 5 = visit (Visited); 6 = series (Three of one sequence); 7 = left (Unsubscribed); 8 = competitor (Works for a competitor); 9 = no_mail (No address)
--   signal: the act that earned it; '' where a fact did
--   points: what it gives; 0 or 1 for what is no rule of points and holds
WITH decay AS (
  SELECT * FROM VALUES (5, 0, 800), (5, 1, 566), (5, 2, 400), (5, 3, 283), (6, 0, 1000), (6, 1, 1000),
  (6, 2, 1000), (7, 0, 400), (7, 1, 400) AS d(rule, age, points)
)
SELECT
  e.lead,
  e.rule,
  e.signal,
  e.points
FROM (
  SELECT
    lead,
    0 AS rule,
    '' AS signal,
    1500 AS points
  FROM lead
  WHERE
    fact_employees >= 50 AND fact_employees <= 500
  UNION ALL
  SELECT
    lead,
    1 AS rule,
    '' AS signal,
    2050 AS points
  FROM lead
  WHERE
    (
      LOCATE(' führung ', words_title) > 0
      OR LOCATE(' vice president ', words_title) > 0
      OR LOCATE(' vp ', words_title) > 0
    )
    AND NOT (
      LOCATE(' student ', words_title) > 0
    )
  UNION ALL
  SELECT
    lead,
    2 AS rule,
    '' AS signal,
    500 AS points
  FROM lead
  WHERE
    fact_city IN ('o\'brien\\town')
    OR SUBSTRING(fact_city, 1, 5) = '100%_'
    OR fact_country IN ('deutschland', 'österreich')
  UNION ALL
  SELECT
    lead,
    3 AS rule,
    '' AS signal,
    -725 AS points
  FROM lead
  WHERE
    fact_seats > -3 AND NOT (
      fact_email_opt_out IN (1)
    )
  UNION ALL
  SELECT
    lead,
    4 AS rule,
    '' AS signal,
    100 AS points
  FROM lead
  WHERE
    NOT fact_phone IS NULL
  UNION ALL
  SELECT
    lead,
    8 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    LOCATE(' contender.example ', domains_email_domain) > 0
    OR LOCATE(' rival.example ', domains_email_domain) > 0
  UNION ALL
  SELECT
    lead,
    9 AS rule,
    '' AS signal,
    0 AS points
  FROM lead
  WHERE
    NOT (
      NOT fact_email IS NULL
    )
  UNION ALL
  SELECT
    r.lead,
    r.rule,
    r.signal,
    (
      LEAST(r.upto, r.cap) - LEAST((
        r.upto - r.points
      ), r.cap)
    ) * r.sign AS points
  FROM (
    SELECT
      h.lead,
      h.rule,
      h.signal,
      h.cap,
      h.sign,
      d.points,
      SUM(d.points) OVER (
        PARTITION BY h.lead, h.rule
        ORDER BY h.day, h.signal
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS upto
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
          LAG(day, 2) OVER (PARTITION BY lead, asset ORDER BY day, signal) AS nth
        FROM signal
        WHERE
          name IN ('email_opened')
      ) AS n
      WHERE
        day - nth <= 2
    ) AS h
    JOIN decay AS d
      ON d.rule = h.rule AND d.age = h.age
  ) AS r
  WHERE
    (
      r.upto - r.points
    ) < r.cap
) AS e;

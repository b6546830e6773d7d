"""Throttle answers are about one domain where letters to others are taken in between."""

from digest.delivery.rate_limits.throttled_domains import ThrottledDomains


def test_a_domain_is_meant_while_letters_to_others_are_taken() -> None:
    domains = ThrottledDomains()
    found = []
    for batch in (1, 2, 3):
        found.append(domains.is_domain_meant("slow.org", batch))
        domains.note_accepted("quick.org")
    assert found == [False, False, True]
    assert domains.unexplained_answers == 0


def test_nothing_shows_it_while_no_letter_is_taken() -> None:
    domains = ThrottledDomains()
    assert not any(domains.is_domain_meant("slow.org", batch) for batch in range(1, 20))
    assert domains.unexplained_answers == 19


def test_answers_of_one_batch_count_once() -> None:
    domains = ThrottledDomains()
    domains.note_accepted("quick.org")
    assert not any(domains.is_domain_meant("slow.org", 1) for _ in range(20))


def test_a_domain_that_takes_letters_is_not_meant() -> None:
    domains = ThrottledDomains()
    for batch in range(1, 20):
        assert not domains.is_domain_meant("a.org", batch)
        domains.note_accepted("quick.org")
        domains.note_accepted("a.org")
    assert domains.unexplained_answers == 19


def test_throttling_elsewhere_asks_for_more_evidence() -> None:
    domains = ThrottledDomains()
    for batch in (1, 2, 3):
        domains.is_domain_meant("slow.org", batch)
        domains.is_domain_meant("a.org", batch)
        domains.note_accepted("a.org")
    assert not domains.is_domain_meant("slow.org", 4), "the relay had throttled a.org in the same batches"
    for _ in range(9):
        domains.note_accepted("quick.org")
    assert domains.is_domain_meant("slow.org", 5)

"""Pages as pictures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from crmdesk.services.documents.preview import count_pages, page_images
from crmdesk.services.documents.printing import render
from tests.services.documents.samples import invoice, statement


def test_size_follows_the_scale() -> None:
    pdf = render([invoice()], "A4", "en").pdf
    for scale in (0.5, 1.0, 1.37, 2.0):
        (image,) = page_images(pdf, scale)
        assert abs(image.width - 595.28 * scale) <= 1
        assert abs(image.height - 841.89 * scale) <= 1
        assert len(image.rgba) == image.width * image.height * 4


def test_pixels_are_red_green_blue_alpha_from_the_top() -> None:
    (image,) = page_images(render([invoice()], "A4", "en").pdf, 1.0)
    picture = Image.frombytes("RGBA", (image.width, image.height), image.rgba)
    assert picture.getpixel((3, 3)) == (255, 255, 255, 255)
    # the logo of the sample is one green rectangle in the upper left corner
    assert picture.getpixel((60, 60)) == (14, 124, 102, 255)
    assert picture.getpixel((60, image.height - 60))[:3] == (255, 255, 255)


def test_chosen_pages() -> None:
    pdf = render([statement(100)], "A4", "en").pdf
    count = count_pages(pdf)
    assert count == len(page_images(pdf, 0.2)) > 2
    last, first = page_images(pdf, 0.3, [count - 1, 0])
    assert [first] == page_images(pdf, 0.3, [0])
    assert first != last
    for wrong in (count, -1):
        with pytest.raises(IndexError):
            page_images(pdf, 0.3, [wrong])


def test_threads_take_turns() -> None:
    pdf = render([statement(60)], "A4", "en").pdf
    expected = page_images(pdf, 0.4)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _index: page_images(pdf, 0.4), range(8)))
    assert all(result == expected for result in results)

"""Scrapy with its own ImagesPipeline on the same site, store and politeness. Runs in an environment of its own."""

import sys

import scrapy
from scrapy.crawler import CrawlerProcess


class AtlasSpider(scrapy.Spider):
    name = "atlas"

    def parse(self, response):
        for href in response.css('a[href^="/images/"]::attr(href)').getall():
            yield response.follow(f"{href}/photos/1", self.parse_gallery)

    def parse_gallery(self, response):
        thumbnails = response.css(".thumbnails a img::attr(src)").getall()
        addresses = [response.urljoin(src.replace("allJPGThumb", "allJPG")) for src in thumbnails]
        for address in addresses:
            yield {"label": response.url.split("/")[4], "image_urls": [address]}
        if response.url.endswith("/photos/1"):
            for href in response.css(".pagination a::attr(href)").getall()[1:]:
                yield response.follow(href, self.parse_gallery)


def main() -> None:
    site, place, endpoint, access_key, secret_key, connections = sys.argv[1:]
    process = CrawlerProcess(
        {
            "ITEM_PIPELINES": {"scrapy.pipelines.images.ImagesPipeline": 1},
            "IMAGES_STORE": place,
            "IMAGES_MIN_WIDTH": 32,
            "IMAGES_MIN_HEIGHT": 32,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_REGION_NAME": "us-east-1",
            "ROBOTSTXT_OBEY": False,
            "AUTOTHROTTLE_ENABLED": False,
            "DOWNLOAD_DELAY": 0,
            "CONCURRENT_REQUESTS": int(connections),
            "CONCURRENT_REQUESTS_PER_DOMAIN": int(connections),
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
        }
    )
    crawler = process.create_crawler(AtlasSpider)
    process.crawl(crawler, start_urls=[f"{site}/images/Acne-and-Rosacea-Photos"])
    process.start()
    stats = crawler.stats.get_stats()
    print(stats.get("file_count", 0), stats.get("finish_reason"), flush=True)


if __name__ == "__main__":
    main()

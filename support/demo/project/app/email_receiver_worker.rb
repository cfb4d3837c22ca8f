# frozen_string_literal: true

require "sidekiq"

# An application's end of the line: gets each mail as one string, and prints what it is about.
class EmailReceiverWorker
  include Sidekiq::Worker

  def perform(raw)
    subject, from, id = %w[Subject From Message-ID].map { |name| header(raw, name) }
    puts ["received", id, subject, from, "#{raw.bytesize} bytes", first_line(raw)].join("\t")
  end

  private

  # The value of a header, its continuation lines joined.
  def header(raw, name)
    value = raw[/^#{name}: (.*(?:\r\n[ \t].*)*)/, 1].to_s.gsub(/\r\n[ \t]+/, " ")
    value.gsub(/=\?([\w-]+)\?([BQ])\?([^?]*)\?=/i) { decode(Regexp.last_match) }.strip
  end

  # An encoded word: =?ISO-2022-JP?B?...?=
  def decode(word)
    _, charset, encoding, text = *word
    bytes = encoding.casecmp?("B") ? text.unpack1("m") : text.tr("_", " ").unpack1("M")
    bytes.force_encoding(charset).encode("UTF-8", invalid: :replace, undef: :replace)
  end

  # What a person would read first, for mails of one part without transfer encoding.
  def first_line(raw)
    return "(several parts)" if raw.match?(/^Content-Type: multipart/i)

    body = raw.split("\r\n\r\n", 2).last
    body = body.b.force_encoding("ISO-2022-JP").encode("UTF-8") if raw.include?("charset=ISO-2022-JP")
    body.lines.map(&:strip).find { |line| !line.empty? } || "(empty)"
  end
end

$stdout.sync = true
# Debian's Sidekiq 6.4 and redis-rb 4.8 together would warn at every turn.
Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)

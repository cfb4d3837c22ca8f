# frozen_string_literal: true

# Messages for the mailboxes of specs and demo: the fixtures, and as many numbered ones as wanted.
#
# Generated messages are the same for the same number and seed, so that a lost or garbled one can be named and made
# again. All are binary strings with CRLF line ends.
module Mails
  FOLDER = File.expand_path("../fixtures/mails", __dir__)
  SMALL_SIZE = 3_500

  # Sizes of "mixed" messages: up to which share of all messages, from how many bytes, to how many. Drawn evenly on a
  # logarithmic scale, this gives a mean of some 90 kB, a median of 6 kB, and 2 MB at the 99th percentile.
  SIZES = [
    [0.50, 2_000, 6_000],
    [0.90, 6_000, 67_000],
    [0.99, 67_000, 1_200_000],
    [1.00, 1_900_000, 7_800_000]
  ].freeze

  # Character set, transfer encoding and a line of text for each kind of body.
  TEXTS = [
    ["UTF-8", "8bit", "Schöne Grüße aus Köln, die Brücke ist wieder offen – naïve café 東京 👍"],
    ["ISO-8859-1", "8bit", "Le café où nous étions à Besançon est fermé, mais l'hôtel à côté est très bien."],
    ["Windows-1252", "8bit", "Das Angebot „Bürostühle“ über 1.250,00 € – vielen Dank, es passt…"],
    ["ISO-2022-JP", "7bit", "来週の月曜日の会議ですが、会議室の予約がまだ取れていないようです。"],
    ["Shift_JIS", "8bit", "総務の方にお願いして、午後二時から四時まで第三会議室を押さえてください。"],
    ["US-ASCII", "7bit", "The bridge is indeed broken, I walked over it this morning."]
  ].freeze

  module_function

  # @param name [String, Symbol] file name without its ending
  # @return [String]
  def fixture(name)
    File.binread(File.join(FOLDER, "#{name}.eml"))
  end

  # @return [Hash{String => String}] all fixtures by name
  def fixtures
    Dir[File.join(FOLDER, "*.eml")].to_h { |file| [File.basename(file, ".eml"), File.binread(file)] }
  end

  # @return [String] a short message with this number in its subject
  def small(number)
    text = "This is mail #{number}. The quick brown fox jumps over the lazy dog.\r\n"
    head = head(number, "text/plain; charset=UTF-8", "7bit")
    head + (text * ((SMALL_SIZE - head.bytesize) / text.bytesize)).b
  end

  # @return [String] a message of any size, character set and structure, as they come in real mailboxes
  def mixed(number, seed: 1)
    random = Random.new((seed * 1_000_003) + number)
    charset, encoding, line = TEXTS[random.rand(TEXTS.size)]
    size = size(random)
    text = text(line, charset, [size, 6_000].min)
    return head(number, "text/plain; charset=#{charset}", encoding) + text if size <= 6_000

    with_attachment(number, "text/plain; charset=#{charset}\r\nContent-Transfer-Encoding: #{encoding}", text, size)
  end

  # @param raw [String] a generated message, or what has become of it
  # @return [Integer, nil] its number
  def number(raw)
    raw.b[/^Subject: mail (\d+)/, 1]&.to_i
  end

  def head(number, content_type, encoding)
    <<~HEAD.gsub("\n", "\r\n").b
      Return-Path: <sender#{number}@example.org>
      Received: from mail.example.org (mail.example.org [192.0.2.25])
      \tby mx.gitlab.example.com (Postfix) with ESMTPS id #{format('%010X', number)}; Mon, 02 Sep 2024 08:15:02 +0200
      Date: Mon, 02 Sep 2024 08:15:00 +0200
      From: Sender #{number} <sender#{number}@example.org>
      To: incoming+#{format('%032x', number)}@gitlab.example.com
      Message-ID: <mail-#{number}@example.org>
      References: <reply-#{format('%032x', number)}@gitlab.example.com>
      Subject: mail #{format('%05d', number)}
      MIME-Version: 1.0
      Content-Type: #{content_type}
      Content-Transfer-Encoding: #{encoding}

    HEAD
  end

  def text(line, charset, size)
    encoded = "#{line}\r\n".encode(charset).b
    encoded * [size / encoded.bytesize, 1].max
  end

  def with_attachment(number, text_type, text, size)
    head(number, "multipart/mixed; boundary=\"=_mail_#{number}\"", "8bit") +
      "--=_mail_#{number}\r\nContent-Type: #{text_type}\r\n\r\n".b + text +
      "--=_mail_#{number}\r\nContent-Type: application/octet-stream; name=\"data.bin\"\r\n" \
      "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n".b +
      base64(size - text.bytesize) + "--=_mail_#{number}--\r\n".b
  end

  # Whole lines only. All attachments are the beginning of the same data, which is made once.
  def base64(size)
    line = 78
    @data ||= [Random.new(1).bytes(6_000_000)].pack("m57").gsub("\n", "\r\n").b
    @data.byteslice(0, (size / line * line).clamp(line, @data.bytesize))
  end

  def size(random)
    share = random.rand
    _, low, high = SIZES.find { |limit, _, _| share < limit }
    (low * ((high.to_f / low)**random.rand)).round
  end

  private_class_method :head, :text, :with_attachment, :base64, :size
end

# frozen_string_literal: true

# Messages that no ordinary mail program writes, and that come all the same.
module OddMails
  PARTS = 10_000
  NESTED = 100_000

  module_function

  # @return [Hash{String => String}] raw messages by what is odd about them, the large ones apart
  def all
    small.merge(large_by_structure).transform_values(&:b)
  end

  def small
    { "is empty" => "", "is one line" => "x", "has no header" => "\r\nBody.\r\n", "has no body" => "Subject: x\r\n",
      "has no blank line" => "Subject: x\r\nBody, or not\r\n", "has NUL bytes" => mail("a\0b\0\0c\r\n\0"),
      "has lone CR and LF" => mail("a\rb\nc\r\r\n\n\rd\r"), "has an 8-bit header" => eight_bit_header,
      "has no Message-ID" => "From: a@example.org\r\nSubject: x\r\n\r\nBody.\r\n",
      "has two Message-IDs" => "Message-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\nBody.\r\n",
      "is ISO-8859-1" => mail("Caf\xE9 \xE0 c\xF4t\xE9\r\n", "charset=ISO-8859-1"),
      "is UTF-16" => mail("\xFE\xFF".b + "Grüße\r\n".encode("UTF-16BE").b, "charset=UTF-16"),
      "is UTF-16 without a mark" => mail("Grüße\r\n".encode("UTF-16LE").b, "charset=UTF-16LE"),
      "is invalid UTF-8" => mail("ok \xC3\x28 \xF0\x9F \xED\xA0\x80 \xFF\r\n", "charset=UTF-8"),
      "has every byte" => mail((0..255).to_a.pack("C*") + "\r\n".b, "charset=UTF-8"),
      "looks like IMAP" => mail(")\r\n* BYE\r\nA0001 OK done\r\n{99999999}\r\n+ go on\r\n"),
      "ends within a line" => mail("no end"), "is dots" => mail(".\r\n..\r\n") }
  end

  def large_by_structure
    { "has an endless line" => mail("x" * 1_000_000),
      "has an endless header" => "X: #{"y\r\n " * 100_000}\r\n\r\nz\r\n",
      "has 10,000 parts" => flat, "has parts 10,000 deep" => nested(PARTS), "has parts 100,000 deep" => nested(NESTED) }
  end

  # @return [Array<String>] two messages that only a reader of their bodies can tell apart
  def same_message_id
    %w[one two].map { |word| "Message-ID: <same@example.org>\r\nSubject: x\r\n\r\n#{word}\r\n".b }
  end

  # @return [String] 50 MB, as an attachment makes it
  def large(bytes = 50_000_000)
    line = "#{[Random.new(1).bytes(54)].pack('m0')}\r\n"
    mail(line * (bytes / line.bytesize))
  end

  def mail(body, parameter = "charset=US-ASCII")
    head = ["Message-ID: <odd@example.org>", "Subject: odd", "MIME-Version: 1.0",
            "Content-Type: text/plain; #{parameter}", "Content-Transfer-Encoding: 8bit"]
    "#{head.join("\r\n")}\r\n\r\n".b + body.b
  end

  def eight_bit_header
    "From: J\xFCrgen <a@example.org>\r\nSubject: Gr\xFC\xDFe \xFF\xFE\r\nX-\xE9: \xE9\r\n\r\nBody.\r\n".b
  end

  def flat
    parts = (1..PARTS).map { |number| "--b\r\nContent-Type: text/plain\r\n\r\n#{number}\r\n" }
    "Subject: flat\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n#{parts.join}--b--\r\n"
  end

  def nested(depth)
    opened = (1..depth).map { |level| "Content-Type: multipart/mixed; boundary=b#{level}\r\n\r\n--b#{level}\r\n" }
    closed = (1..depth).map { |level| "--b#{level}--\r\n" }.reverse
    "Subject: nested\r\n#{opened.join}\r\ndeep\r\n#{closed.join}"
  end
  private_class_method :small, :large_by_structure, :eight_bit_header, :flat, :nested
end

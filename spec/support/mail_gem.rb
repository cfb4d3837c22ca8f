# frozen_string_literal: true

# What the `mail` gem says of a message, in the words of MailRoom::Email.
class MailGem
  # @param raw [String]
  def initialize(raw)
    require "mail"
    @mail = quietly { Mail.new(raw) }
  end

  # @return [Hash{Symbol => Object}]
  def answers
    quietly do
      { to: list(@mail.to), cc: list(@mail.cc), from: list(@mail.from), subject: @mail.subject,
        message_id: @mail.message_id, in_reply_to: list(@mail.in_reply_to), references: list(@mail.references),
        date: date, text: text("text/plain"), html: text("text/html"), attachments: attachments }
    end
  end

  private

  # It warns of what it cannot parse.
  def quietly
    before = $stderr
    $stderr = StringIO.new
    yield
  ensure
    $stderr = before
  end

  def list(value)
    Array(value).map(&:to_s)
  end

  def date
    @mail.date&.to_time&.to_i
  rescue StandardError # a Date that is none
    nil
  end

  def text(type)
    part = @mail.multipart? ? @mail.find_first_mime_type(type) : whole(type)
    lines(part.decoded) if part
  end

  def whole(type)
    @mail if (@mail.mime_type || "text/plain") == type && !@mail.attachment?
  end

  def attachments
    @mail.attachments.map do |part|
      decoded = part.decoded.b
      decoded = lines(decoded) unless part.content_transfer_encoding.to_s.match?(/base64|binary/i)
      [part.filename, decoded.bytesize]
    end
  end

  # Its lines end in LF when the text is ASCII, and in CRLF when not.
  def lines(text)
    text.gsub("\r\n", "\n")
  end
end

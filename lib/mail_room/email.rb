# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # A message, for a worker that wants to look before it loads the `mail` gem, or instead of it.
  #
  #     email = MailRoom::Email.parse(raw)
  #     return if email.auto_generated?
  #
  #     email.from                      # => ["ann@example.com"]
  #     email.from_addresses.first.name # => "Ann Other"
  #     email.subject                   # => "Grüße"
  #     email.text || email.html
  #     email.attachments.each { |file| save(file.name, file.content) if file.size < 10_000_000 }
  #
  # It takes any bytes, and nothing it does raises an error because of them: what cannot be read is nil or
  # empty. All text is UTF-8, in the charset it declares; where that is unknown or plainly wrong, it is read in the
  # one it looks like. Bytes that are no character become U+FFFD.
  #
  # Headers are read when the first of them is asked for, the body when it is asked for; other Ruby threads go
  # on meanwhile. Where the `mail` gem answers nil, one thing or an Array, here is always an Array; where
  # a field stands twice that may stand once, the last counts for both.
  #
  # A message that is made to keep a parser busy for seconds has headers, but neither text nor attachments: where
  # the bytes behind each `boundary=` add up to more than 2**30. Of 25 MB that takes 43 multiparts at least.
  class Email
    autoload :Address, "mail_room/email/address"
    autoload :Attachment, "mail_room/email/attachment"

    # @param raw [String] RFC 5322, in any encoding: only its bytes count
    # @return [Email]
    def self.parse(raw)
      new(raw)
    end

    # @param raw [String] see {.parse}
    def initialize(raw)
      @native = Native::Email.new(raw.to_s)
      @known = {} # so that a frozen one can read too
    end

    # @!group Addresses

    # @return [Array<String>] without names, in order, those within groups too
    def to = to_addresses.map(&:address)

    # @return [Array<String>]
    def cc = cc_addresses.map(&:address)

    # @return [Array<String>]
    def from = from_addresses.map(&:address)

    # @return [Array<String>]
    def reply_to = reply_to_addresses.map(&:address)

    # @return [Array<String>] there should be one at most
    def sender = sender_addresses.map(&:address)

    # @return [Array<Address>]
    def to_addresses = addresses("to")

    # @return [Array<Address>]
    def cc_addresses = addresses("cc")

    # @return [Array<Address>]
    def from_addresses = addresses("from")

    # @return [Array<Address>]
    def reply_to_addresses = addresses("reply_to")

    # @return [Array<Address>]
    def sender_addresses = addresses("sender")

    # @return [Array<String>] every `Delivered-To`, from top to bottom, as it stands there
    def delivered_to = fields.fetch("delivered_to")

    # @return [Array<String>] whom servers took the message for: of each `Received`, from top to bottom, the
    #   first address that stands in angle brackets after `for`, as GitLab looks for it
    def received_recipients = fields.fetch("received_recipients")

    # @!endgroup

    # @return [String, nil] decoded (RFC 2047)
    def subject = fields.fetch("subject")

    # @return [String, nil] without angle brackets
    def message_id = fields.fetch("message_id")

    # @return [Array<String>] message ids without angle brackets
    def in_reply_to = fields.fetch("in_reply_to")

    # @return [Array<String>] message ids without angle brackets, in order
    def references = fields.fetch("references")

    # A day that its month does not have counts into the next month.
    #
    # @return [Time, nil] with the offset from UTC it was written with; nil also when it is no date, has no zone or
    #   an offset that is none (24 hours or more, or 60 minutes or more), or is the second 60 that a minute can have
    def date
      seconds, ahead = fields.fetch("date")
      seconds && Time.at(seconds, in: ahead)
    end

    # @return [Boolean] whether GitLab rejects it as an auto-reply: `Auto-Submitted` is there and not `no`, or
    #   `X-Autoreply` is `yes`
    def auto_generated? = @native.auto_generated?

    # @param name [String, Symbol] in any case
    # @return [String, nil] the first of {#headers}
    def header(name) = headers(name).first

    # @param name [String, Symbol] in any case
    # @return [Array<String>] every value from top to bottom, unfolded and decoded (RFC 2047)
    def headers(name) = @native.header_values(Printable.text(name.to_s))

    # The first part of plain text that is not an attachment. It is never made of HTML.
    #
    # A multipart message in which no part can be found is taken for text. Lines end in LF.
    #
    # @return [String, nil] nil when there is none
    def text = body.fetch(0)

    # The first part of HTML that is not an attachment, as it was sent: scripts and all.
    #
    # @return [String, nil] nil when there is none
    def html = body.fetch(1)

    # All other parts from top to bottom: pictures within the text, further parts of text and whole messages too.
    #
    # @return [Array<Attachment>]
    def attachments
      @known[:attachments] ||= JSON.parse(body.fetch(2)).map.with_index do |fields, index|
        Attachment.new(**fields.transform_keys(&:to_sym)) { @native.attachment(index) }
      end
    end

    # @return [String] what does not show what people write to each other
    def inspect = "#<#{self.class} #{message_id.inspect}>"

    private

    def fields
      @known[:fields] ||= JSON.parse(@native.headers)
    end

    def body
      @known[:body] ||= @native.body
    end

    def addresses(field)
      fields.fetch(field).map { |name, address| Address.new(name, address) }
    end
  end
end

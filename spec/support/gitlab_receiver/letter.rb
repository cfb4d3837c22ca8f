# frozen_string_literal: true

class GitlabReceiver
  # A message as the gem `mail` reads it, and what GitLab asks of it.
  class Letter
    Found = Struct.new(:header, :value, :mail_key)

    # What GitLab looks at between References and Cc, and how: the first "for" of each Received, else whole values.
    RAW_HEADERS = %w[Delivered-To X-Delivered-To Envelope-To X-Envelope-To Received X-Original-To X-Forwarded-To].freeze
    RECEIVED_FOR = /for\s+<([^<]+)>/
    BRACKETED = /(?!<)[^<>]+(?=>)/

    # @param raw [String]
    def initialize(raw)
      @raw = raw.dup.force_encoding(Encoding::UTF_8)
      @raw = @raw.force_encoding(Encoding::ISO_8859_1).encode(Encoding::UTF_8) unless @raw.valid_encoding?
    end

    def blank?
      @raw.match?(/\A[[:space:]]*\z/)
    end

    # @raise [NoMethodError] for a repeated header, as GitLab does
    def auto_generated?
      submitted = mail.header["Auto-Submitted"]&.value
      return true if submitted && submitted != "no"

      mail.header["X-Autoreply"]&.value == "yes"
    end

    # @param wildcard [Wildcard]
    # @param host [String, nil]
    # @return [Found, nil] the first header that has a key
    def find_key(wildcard, host)
      reply = /\Areply-(.+)@#{Regexp.escape(host)}\z/ if host
      candidates do |header, value|
        key = header == "References" ? reply && value[reply, 1] : wildcard.key(value)
        return Found.new(header, utf8(value), utf8(key)) if key
      end
      nil
    end

    private

    def candidates
      addresses(mail.to).each { |address| yield "To", address }
      references.each { |id| yield "References", id }
      RAW_HEADERS.each { |name| values(name).each { |value| yield name, value } }
      addresses(mail.cc).each { |address| yield "Cc", address }
    end

    # A list that cannot be parsed comes as one text.
    def addresses(list)
      Array(list)
    end

    def references
      ids = mail.references
      ids.is_a?(String) ? ids.scan(BRACKETED) : Array(ids)
    end

    def values(name)
      values = Array(mail.header[name]).map { |field| field.value.to_s }
      name == "Received" ? values.filter_map { |value| value[RECEIVED_FOR, 1] } : values
    end

    # Not before it is needed: `mail` takes longer to load than most specs to run.
    def mail
      @mail ||= begin
        require "mail"
        silently { Mail::Message.new(@raw).tap(&:header) }
      end
    end

    # The gem tells standard error of each header it does not understand.
    def silently
      verbose = $VERBOSE
      $VERBOSE = nil
      yield
    ensure
      $VERBOSE = verbose
    end

    def utf8(text)
      text.dup.force_encoding(Encoding::UTF_8)
    end
  end
end

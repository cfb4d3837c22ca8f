# frozen_string_literal: true

require "digest"
require_relative "../mails"

module Soak
  # The mails of a soak: most of them short, some as they come in real mailboxes. The same number gives the same mail.
  module Letters
    # One mail of so many is of any size, charset and structure.
    MIXED_EVERY = 10

    # Larger ones would do nothing but take their time on a slow machine, and run into deadlines.
    LARGEST = 1_000_000

    module_function

    # @param number [Integer]
    # @return [String] raw message
    def raw(number)
      mixed = Mails.mixed(number) if (number % MIXED_EVERY).zero?
      mixed && mixed.bytesize <= LARGEST ? mixed : Mails.small(number)
    end

    # @param number [Integer]
    # @param utf8 [Boolean] for an application that is handed text instead of bytes
    # @return [String] digest of what a correct delivery hands over
    def digest(number, utf8:)
      digest_of(utf8 ? text(raw(number)) : raw(number))
    end

    # @param message [String] as it was handed over
    # @return [String]
    def digest_of(message)
      Digest::SHA256.digest(message.b)
    end

    # All of a mail is in the one charset that it names.
    def text(raw)
      utf8 = raw.dup.force_encoding(Encoding::UTF_8)
      utf8.valid_encoding? ? utf8 : raw.encode(Encoding::UTF_8, raw[/charset=([\w-]+)/, 1])
    end
    private_class_method :text
  end
end

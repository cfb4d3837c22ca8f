# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # Settings as plain JSON for the native part: keys and symbols are strings, nil is left out. What Ruby
  # programs give besides becomes what it means: a class its name, a certificate or key PEM, a number of
  # any kind the nearest that JSON has.
  module Plain
    # A mapping nested deeper than this is one that holds itself, by a YAML alias.
    DEEPEST = 16

    class << self
      # @param hash [Hash] settings
      # @param key [Array] where they stand, for errors
      # @return [Hash{String => Object}]
      # @raise [ConfigurationError] when a value is nothing that JSON can hold; names its key
      def mapping(hash, key = [])
        refuse(key, "is nested too deeply") if key.size > DEEPEST

        hash.compact.to_h { |name, value| [string(name.to_s, key), plain(value, [*key, name])] }
      end

      private

      def plain(value, key)
        case value
        when Hash then mapping(value, key)
        when Array then value.map.with_index { |inner, index| plain(inner, [*key, index]) }
        when String, Symbol then string(value.to_s, key)
        when Integer, true, false, nil then value
        when Numeric then number(value, key)
        else string(text(value) || refuse(key, "cannot be of class #{value.class}"), key)
        end
      end

      # Such as Rational and BigDecimal.
      def number(value, key)
        float = value.real? ? value.to_f : Float::NAN
        refuse(key, "must be a finite number") unless float.finite?

        value.is_a?(Float) || value.to_i != value ? float : value.to_i
      end

      def text(value)
        case value
        when Module then value.name
        when ->(object) { object.respond_to?(:to_path) } then value.to_path
        when ->(object) { object.respond_to?(:to_pem) } then value.to_pem
        end
      rescue StandardError # OpenSSL has its own for a certificate without a key, and quotes who knows what
        nil
      end

      # Ruby's own conversion errors quote the bytes they failed on, which may be those of a password.
      def string(text, key)
        binary = text.encoding == Encoding::BINARY
        utf8 = binary ? text.dup.force_encoding(Encoding::UTF_8) : text.encode(Encoding::UTF_8)
        utf8.valid_encoding? ? utf8 : refuse(key, "is not valid UTF-8")
      rescue EncodingError
        refuse(key, "is not valid UTF-8")
      end

      def refuse(key, problem)
        raise ConfigurationError, "#{key * '.'} #{problem}"
      end
    end
  end
end

# frozen_string_literal: true

require "json"

module MailRoom
  class Mailbox
    # The settings of a mailbox as they cross into the native part: plain JSON, nil left out.
    #
    # 1. `delivery_klass` becomes the name of a native delivery, or `delivery_method` is `ruby` and
    #    `deliverer` names the class for the log; the options of such a class stay in Ruby.
    # 2. `logger` becomes `{"log_path": ...}`.
    # 3. Keys and symbols become strings.
    class Settings
      # `delivery_method` of a mailbox whose messages are handed over to a Ruby class.
      HANDED_OVER = "ruby"

      # A mapping nested deeper than this is one that holds itself, by a YAML alias.
      DEEPEST = 16

      # @param mailbox [Mailbox]
      def initialize(mailbox)
        @mailbox = mailbox
      end

      # @return [Hash{String => Object}]
      # @raise [ConfigurationError] when a value is nothing that JSON can hold; names its key
      def to_h
        fields = @mailbox.to_h.except(:delivery_klass, :logger).merge(delivery)
        log_path = @mailbox.log_path_setting.setting
        fields[:logger] = { log_path: log_path } if log_path

        mapping(fields, [])
      end

      # @return [String]
      # @raise [ConfigurationError] see {#to_h}
      def to_json(*)
        JSON.generate(to_h)
      end

      private

      def delivery
        klass = @mailbox.delivery_klass
        native = Delivery.native_name(klass)
        return { delivery_method: native } if native

        { delivery_method: HANDED_OVER, deliverer: klass.name || klass.inspect, delivery_options: nil }
      end

      def plain(value, key)
        case value
        when Hash then mapping(value, key)
        when Array then value.map.with_index { |inner, index| plain(inner, [*key, index]) }
        when String, Symbol then string(value.to_s, key)
        when Integer, true, false, nil then value
        when Float then value.finite? ? value : refuse(key, "must be a finite number")
        else value.respond_to?(:to_path) ? string(value.to_path, key) : refuse(key, "cannot be of class #{value.class}")
        end
      end

      def mapping(hash, key)
        refuse(key, "is nested too deeply") if key.size > DEEPEST

        hash.compact.to_h { |name, value| [string(name.to_s, key), plain(value, [*key, name])] }
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

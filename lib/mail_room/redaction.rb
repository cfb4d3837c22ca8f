# frozen_string_literal: true

require "mail_room"

module MailRoom
  # Shows settings to people without their secrets: in `inspect`, and so in every error text and log
  # line that prints a setting.
  module Redaction
    # Stands where a secret was.
    MARK = "[REDACTED]"

    # Keys whose value is a secret ...
    SECRET_KEY = /passw|passphrase|secret|token|credential|private_key|api_?key|\Akey\z/i

    # ... unless it only says where the secret lies.
    LOCATION_KEY = /_(?:path|file|ur[il])\z/i

    # Keys whose value is a URL, perhaps written without its scheme.
    URL_KEY = /ur[il]\z/i

    # User and password of a URL. Greedy up to the last `@`, because people write passwords with
    # an `@` or `/` in them without escaping it.
    USERINFO = %r{([a-z][a-z0-9+.-]*://)[^\s"']*@}i

    # A secret in the query of a URL.
    QUERY = /([?&][^=&\s]*(?:passw|secret|token|key|sig)[^=&\s]*=)[^&\s"']*/i

    # YAML aliases can build a Hash that holds itself.
    DEEPEST = 8

    # @param key [#to_s] name of the setting
    # @param value [Object] its value
    # @return [String] the value as `inspect` would show it, secrets replaced; of objects that are no
    #   plain data only the class, because what their `inspect` tells is not known here
    def self.show(key, value, depth = 0)
      return MARK if secret?(key, value) || depth > DEEPEST

      case value
      when Hash then "{#{list(value) { |name, inner| "#{name.inspect}=>#{show(name, inner, depth + 1)}" }}}"
      when Array then "[#{list(value) { |inner| show(key, inner, depth + 1) }}]"
      when String then url(key, value).inspect
      when Symbol, Numeric, Module, true, false, nil then value.inspect
      else "#<#{value.class}>"
      end
    end

    # @param key [#to_s] name of the setting
    # @param text [String] its value
    # @return [String] the value without user and password of a URL
    def self.url(key, text)
      text = text.sub(%r{\A(?![a-z][a-z0-9+.-]*://).*@}im, "#{MARK}@") if URL_KEY.match?(key.to_s)
      text.gsub(USERINFO, "\\1#{MARK}@").gsub(QUERY, "\\1#{MARK}")
    end

    # @param values [Enumerable]
    # @yieldreturn [String] how one of them is shown
    # @return [String]
    def self.list(values, &)
      values.map(&).join(", ")
    end

    # A missing secret is no secret: `password=nil` says what is wrong.
    #
    # @return [Boolean] whether nothing of the value may be shown
    def self.secret?(key, value)
      !value.nil? && SECRET_KEY.match?(key.to_s) && !LOCATION_KEY.match?(key.to_s)
    end
    private_class_method :secret?

    # For what holds secrets and has nothing else to tell.
    module Opaque
      # @return [String] the class alone
      def inspect
        "#<#{self.class}>"
      end
    end

    # For a Struct of settings: no way of printing it tells a secret.
    module Inspect
      # @return [String] the shape of `Struct#inspect`, secrets replaced
      def inspect
        "#<struct #{self.class} #{Redaction.list(each_pair) { |key, value| "#{key}=#{Redaction.show(key, value)}" }}>"
      end

      # @return [String] see {#inspect}
      def to_s
        inspect
      end

      # `pp` and irb read the members of a Struct past its `inspect`.
      #
      # @param printer [PP]
      # @return [void]
      def pretty_print(printer)
        printer.text(inspect)
      end
    end
  end
end

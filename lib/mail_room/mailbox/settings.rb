# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  class Mailbox
    # The settings of a mailbox as they cross into the native part: plain JSON, nil left out.
    #
    # 1. `delivery_klass` becomes the name of a native delivery, or `delivery_method` is `ruby` and
    #    `deliverer` names the class for the log; the options of such a class stay in Ruby.
    # 2. `logger` becomes `{"log_path": ...}`.
    # 3. `search_command` as a list, as Net::IMAP takes it, becomes one line.
    # 4. `idle_timeout` stays here where nothing idles, on Microsoft Graph.
    # 5. Empty text in `inbox_options` counts as left out: a template writes it for what is not set.
    # 6. Keys and symbols become strings.
    class Settings
      # `delivery_method` of a mailbox whose messages are handed over to a Ruby class.
      HANDED_OVER = "ruby"

      # What Net::IMAP puts in quotes (RFC 3501, section 9: no atom).
      QUOTED = /[(){%*"\\\s]|\A\z/

      # @param options [Hash] as they were written
      # @return [Hash] without what is nil or empty text
      def self.written(options)
        options.reject { |_, value| value.nil? || value == "" }
      end

      # @param mailbox [Mailbox]
      # @param log_path [String, nil] where the native part's lines go, when not to where `logger` says
      # @param deliverer [String, nil] name of a class that takes the messages instead of the delivery
      def initialize(mailbox, log_path: nil, deliverer: nil)
        @mailbox = mailbox
        @log_path = log_path
        @deliverer = deliverer
      end

      # @return [Hash{String => Object}]
      # @raise [ConfigurationError] when a value is nothing that JSON can hold; names its key
      def to_h
        fields = @mailbox.to_h.except(:delivery_klass, :logger).merge(delivery, search)
        adapt_to_graph(fields) if @mailbox.microsoft_graph?
        log_path = @log_path || @mailbox.log_path_setting.setting
        fields[:logger] = { log_path: log_path } if log_path

        Plain.mapping(fields)
      end

      # @return [String]
      # @raise [ConfigurationError] see {#to_h}
      def to_json(*)
        JSON.generate(to_h)
      end

      private

      def adapt_to_graph(fields)
        fields.delete(:idle_timeout)
        fields[:inbox_options] = self.class.written(fields[:inbox_options]) if fields[:inbox_options].is_a?(Hash)
      end

      def search
        command = @mailbox.search_command
        return {} unless command.is_a?(Array)

        words = command.map { |word| word.to_s.match?(QUOTED) ? quote(word.to_s) : word.to_s }
        { search_command: words.join(" ") }
      end

      def quote(word)
        %("#{word.gsub(/["\\]/) { |special| "\\#{special}" }}")
      end

      def delivery
        klass = @mailbox.delivery_klass
        native = Delivery.native_name(klass) unless @deliverer
        return { delivery_method: native } if native

        { delivery_method: HANDED_OVER, deliverer: @deliverer || klass.name || klass.inspect, delivery_options: nil }
      end
    end
  end
end

# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Mailbox
    # Finds what was written and will not be read, most often because of a typing error.
    class UnknownKeys
      # Keys below `inbox_options`.
      INBOX_OPTIONS = %i[tenant_id client_id client_secret client_certificate_path poll_interval azure_ad_endpoint
                         graph_endpoint delete_permanently].freeze

      # Keys below `incoming_email`.
      INCOMING_EMAIL = %i[address host mailbox_type].freeze

      # Keys below `filter`.
      FILTER = %i[bounces auto_generated unmatched].freeze

      # Keys below `oauth2`.
      OAUTH2 = %i[preset token_url tenant_id client_id client_secret client_certificate_path scope grant refresh_token
                  token_command token_file].freeze

      # Keys below `logger`.
      LOGGER = %i[log_path].freeze

      # Sections whose keys are known whatever else was written. Those of the first that has a key are meant.
      SECTIONS = { inbox_options: INBOX_OPTIONS, oauth2: OAUTH2, incoming_email: INCOMING_EMAIL,
                   filter: FILTER }.freeze

      # @param mailbox [Mailbox]
      # @param given [Array] the keys at the top of its settings
      def initialize(mailbox, given)
        @mailbox = mailbox
        @given = given
      end

      # @return [Array<String>] a line for each
      def to_a
        at_top + [unused].compact + below.flat_map do |section, known|
          written = @mailbox[section]
          next [] unless written.is_a?(Hash) && known

          Keys.unknown(written.keys, known).map do |key, nearest|
            "unknown key #{section}.#{key}#{(beside(section, key) if SECTIONS.key?(section)) || meant(nearest)}"
          end
        end
      end

      private

      def at_top
        Keys.unknown(@given, MAILBOX_FIELDS).map do |key, nearest|
          "unknown key #{key.inspect}#{elsewhere(key) || meant(nearest&.inspect)}"
        end
      end

      def meant(nearest)
        ", did you mean #{nearest}?" if nearest
      end

      # What only looks like another key may do harm in its place: `delete_permanently` is no
      # `delete_after_delivery`, on no level.
      def beside(section, key)
        MAILBOX_FIELDS.include?(key.to_s.to_sym) ? "; it belongs beside #{section}" : elsewhere(key)
      end

      def elsewhere(key)
        sections = @mailbox.microsoft_graph? ? SECTIONS : { oauth2: OAUTH2, **SECTIONS }
        section, = sections.find { |_, keys| keys.include?(key.to_s.to_sym) }
        "; it belongs below #{section}" if section
      end

      # Most often `inbox_method` was forgotten.
      def unused
        return if @mailbox.microsoft_graph? || !options_on_graph?

        "inbox_options is for inbox_method: microsoft_graph, and not read"
      end

      def options_on_graph?
        @mailbox.inbox_options.is_a?(Hash) && @mailbox.inbox_options.compact.any?
      end

      # Of a Ruby class nobody knows what it reads, and who switches a delivery or arbitration off for a
      # while leaves its options.
      def below
        { delivery_options: known { @mailbox.delivery_klass if own_delivery? },
          arbitration_options: known { @mailbox.arbitration_klass },
          logger: LOGGER, **SECTIONS }
      end

      def own_delivery?
        @mailbox[:delivery_klass].nil? || !@mailbox.handed_over?
      end

      # An unknown method is an error, which others tell.
      def known
        klass = yield
        klass::KEYS if klass&.const_defined?(:KEYS)
      rescue ConfigurationError
        nil
      end
    end
  end
end

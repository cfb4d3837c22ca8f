# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Mailbox
    # Decides at start whether a mailbox can be watched: the checks that need Ruby here, every typed
    # one in the native part.
    class Validation
      # The values of `inbox_method`.
      INBOX_METHODS = Choice.new("inbox_method", available: %w[imap microsoft_graph])

      # Settings without which there is nothing to watch on Microsoft Graph.
      GRAPH_FIELDS = %i[name email].freeze

      # What has to stand in `inbox_options` there, besides a secret or a certificate.
      GRAPH_OPTIONS = %i[tenant_id client_id].freeze

      # @param mailbox [Mailbox]
      def initialize(mailbox)
        @mailbox = mailbox
      end

      # @return [void]
      # @raise [IdleTimeoutTooLarge] when `idle_timeout` is too long
      # @raise [ConfigurationError] when something else is wrong; names mailbox and key
      def call
        named { INBOX_METHODS.check(@mailbox.inbox_method) }
        idle_timeout unless @mailbox.microsoft_graph?
        required
        named { mappings }
        graph_options if @mailbox.microsoft_graph?
        named { delivery }
        named { @mailbox.arbitration_klass }
        # The native part names the mailbox itself.
        Native.check_mailbox(named { Settings.new(@mailbox).to_json })
      end

      private

      def idle_timeout
        timeout = @mailbox.idle_timeout
        return unless timeout.is_a?(Numeric) && timeout.real? && timeout > IMAP_IDLE_TIMEOUT

        # Begins as in gitlab-mail_room: operators grep for it.
        raise IdleTimeoutTooLarge,
              "Please use an idle timeout smaller than #{IMAP_IDLE_TIMEOUT} to prevent IMAP server disconnects " \
              "(#{@mailbox.title})"
      end

      def required
        fields = @mailbox.microsoft_graph? ? GRAPH_FIELDS : REQUIRED_CONFIGURATION
        fields -= [:password] if @mailbox.oauth2 || @mailbox.password_file
        missing = fields.find { |field| @mailbox[field].nil? }
        return unless missing

        # Begins as in gitlab-mail_room: operators grep for it.
        raise ConfigurationError, "Field :#{missing} is required in Mailbox: #{@mailbox.label}#{method_forgotten}"
      end

      def method_forgotten
        options = @mailbox.inbox_options
        return if @mailbox.microsoft_graph? || !options.is_a?(Hash) || options.compact.empty?

        " (inbox_options is for inbox_method: microsoft_graph)"
      end

      # In the words of gitlab-mail_room, too.
      def graph_options
        given = Keys.symbolize(Settings.written(@mailbox.inbox_options))
        raise ConfigurationError, "Missing inbox_options in Mailbox: #{@mailbox.label}" if given.empty?

        proof = given.key?(:client_certificate_path) ? [] : %i[client_secret]
        missing = [*GRAPH_OPTIONS, *proof].find { |option| !given.key?(option) }
        return unless missing

        choice = " (or client_certificate_path)" if missing == :client_secret
        raise ConfigurationError, "inbox_options :#{missing} is missing in Mailbox: #{@mailbox.label}#{choice}"
      end

      def delivery
        klass = @mailbox.delivery_klass
        unless klass.is_a?(Class) && options?(klass)
          raise ConfigurationError, "delivery_klass must be a class with a constant Options"
        end

        klass.require_gems if klass == Delivery::LetterOpener
        return unless @mailbox.delivery_by_default? && Delivery::Postback::Options.new(@mailbox).url.nil?

        raise ConfigurationError, "delivery_method is missing; one of #{Delivery::METHODS.available * ', '}"
      end

      # A constant Options at the top of the program is another's.
      def options?(klass)
        (klass.ancestors - Object.ancestors).any? { |ancestor| ancestor.const_defined?(:Options, false) }
      end

      # The options of a Ruby class are its own business.
      def mappings
        fields = %i[arbitration_options inbox_options]
        fields << :delivery_options unless @mailbox[:delivery_klass] && @mailbox.handed_over?

        wrong = fields.find { |field| !@mailbox[field].is_a?(Hash) }
        raise ConfigurationError, "#{wrong} must be a mapping, not #{@mailbox[wrong].class}" if wrong
      end

      def named
        yield
      rescue ConfigurationError => error
        raise error.class, "#{@mailbox.title}: #{error.message}"
      end
    end
  end
end

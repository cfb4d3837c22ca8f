# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Check
    # What a configuration file says, and what is wrong with it. A mailbox that is wrong does not keep the others from
    # being checked.
    class Configured
      # Without `-c`, the first of these that there is.
      FILES = %w[config/mail_room.yml config/gitlab.yml].freeze

      # The only notice of {Configuration} with which everything works that was written.
      HARMLESS = "Configuration has an unknown key"

      # What {Configuration} says when no mailbox is left, for whatever reason.
      NOTHING_LEFT = "Configuration has no mailboxes"

      # The file that counts when none is named.
      #
      # @return [String, nil] nil when there is none
      def self.default_path
        GitLab::Installation.named_by_environment || FILES.find { |path| File.exist?(path) }
      end

      # @return [Array<Mailbox>] those that can be watched
      attr_reader :mailboxes

      # @param path [String]
      # @param tried [Boolean] whether messages are sent to the addresses
      def initialize(path, tried: false)
        @path = path
        @tried = tried
        @problems = []
        warnings = []
        configuration = Notice.collect(warnings) do
          Configuration.new(config_path: path, quiet: true, listener: method(:hear))
        end
        @mailboxes = configuration.mailboxes
        @installation = configuration.document.installation if @mailboxes.any?
        @problems += warnings.map { |text| warning(text) }
      end

      # @return [Array<Finding>] about the file, at least one
      def findings
        return @problems if @problems.any?(&:wrong?)

        count = "#{mailboxes.size} #{mailboxes.one? ? 'mailbox' : 'mailboxes'}"
        [Finding.yes("configuration", [@path, *section, count].join(", ")), *@problems]
      end

      # @return [Hash{Mailbox => Address, nil}] nil where GitLab's address is not known
      def addresses
        @addresses ||= mailboxes.each_with_object({}.compare_by_identity) do |mailbox, found|
          found[mailbox] = address(mailbox)
        end
      end

      # @param mailbox [Mailbox]
      # @return [String, nil] which of GitLab's mailboxes the delivery serves; nil when it does not tell
      def delivered_to(mailbox)
        worker = Keys.symbolize(mailbox.delivery_options)[:worker] if mailbox.delivery_klass == Delivery::Sidekiq
        Native.mailbox_type(worker&.to_s, Webhook.of(mailbox)&.url)
      end

      # @param mailbox [Mailbox]
      # @return [String, nil] why the mailbox has GitLab's own Redis, which hardly anybody runs, if it has
      def default_redis(mailbox)
        return unless @installation.is_a?(GitLab::Yml)

        options = Keys.symbolize(mailbox.arbitration_options || {})
        return if options[:redis_url] != GitLab::Redis::URL || options.key?(:sentinels)

        *files, last = GitLab::Redis::Files::SOURCES.map(&:first)
        "GitLab takes #{GitLab::Redis::URL} where none of #{files.join(', ')} and #{last} beside gitlab.yml names " \
          "another Redis for #{@installation.environment}: write yours there"
      end

      private

      # One fault, one finding: what is wrong with a file beside this one may be so for each mailbox, and that nothing
      # is left to watch follows from what was told before.
      def hear(action, text)
        told = "#{@path}: #{text}"
        return if @problems.any? { |one| one.detail == told || (one.wrong? && action == NOTHING_LEFT) }

        @problems << if action == HARMLESS
                       warning(told)
                     else
                       Finding.no("configuration", told, (instead if text.start_with?("ERB: ")))
                     end
      end

      def warning(text)
        advice = text.include?("unknown key") ? "It has no effect as it is written" : "See whether that is meant so"
        Finding.warning("configuration", text, advice)
      end

      # A gitlab.yml has one for each environment, and others count elsewhere.
      def section
        "section #{@installation.environment}" if @installation.is_a?(GitLab::Yml)
      end

      # GitLab's template needs GitLab's gems.
      def instead
        beside = File.join(File.dirname(@path), "gitlab.yml")
        "GitLab's own file needs nothing but itself: use -c #{beside}" if File.exist?(beside)
      end

      # The address that the core cannot explain mail for stands in GitLab's file nevertheless.
      def address(mailbox)
        written = Keys.symbolize(mailbox.incoming_email || {})
        type = type(mailbox, written)
        text = written[:address] || @installation&.section(type)&.fetch(:address, nil)
        return if text.to_s.strip.empty?

        Address.new(text.to_s, mailbox: mailbox, type: type, host: written[:host], sender: @installation&.sender,
                               tried: @tried)
      end

      def type(mailbox, written)
        given = written[:mailbox_type].to_s
        return given unless given.empty?

        delivered_to(mailbox) || GitLab::Section::NAMES.first
      end
    end
  end
end

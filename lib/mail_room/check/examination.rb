# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  class Check
    # Everything there is to check of one mailbox.
    class Examination
      # Where mail is taken from: without these no message can arrive.
      ENTRANCES = %w[imap.select graph.folder].freeze

      # Whether Redis answers.
      REDIS = %w[sidekiq.redis arbitration.redis].freeze

      # What the native part says of settings, without looking at any server.
      REMARK = "settings.remark"

      # A host that is more than a name: it has a port, or is a URL. An IPv6 address has more colons.
      NO_NAME = %r{\A(?:[a-z]+://.*|[^:]*:\d+|\[.*\]:\d+)\z}i

      # @param mailbox [Mailbox]
      # @param configured [Configured]
      # @param read_only [Boolean] whether nothing is written to any server
      # @param round_trip [RoundTrip, nil] sends a message to the mailbox, if one is to be sent
      def initialize(mailbox, configured, read_only: false, round_trip: nil)
        @mailbox = mailbox
        @configured = configured
        @read_only = read_only
        @round_trip = round_trip
      end

      # Waits for servers, each step of it as long as the timeouts of the mailbox say.
      #
      # @return [Array<Finding>] in a fixed order. Never raises: the other mailboxes are still to be looked at, and
      #   what an error says that nobody thought of may have a secret
      def findings
        remarks, servers = examine.partition { |finding| finding.check == REMARK }
        [*servers, *arbitration, *address_findings, *remarks, *Conflicts.new(@mailbox).findings,
         *Neighbours.new(@configured.addresses).findings(@mailbox), *sent(servers)]
      rescue StandardError => error
        [Finding.no("examination", "ended by #{error.class}", "This is a fault of mail_room check itself: report it")]
      end

      private

      def address
        @configured.addresses[@mailbox]
      end

      def settings
        Mailbox::Settings.new(@mailbox).to_json
      end

      def examine
        options = JSON.generate({ read_only: @read_only, only: nil })
        JSON.parse(Native.examine(settings, options)).map { |finding| advised(Finding.of(finding)) }
      rescue MailRoom::Error => error
        [Finding.no("examination", Printable.text(error.message))]
      end

      # What is known of the configuration says more than what is known of a server.
      def advised(finding)
        better = finding.wrong? && (name_only(finding.check) || default_redis(finding.check))
        finding.advice = better if better
        finding
      end

      # No resolver knows such a host, and none has to be mended.
      def name_only(check)
        return unless check == "imap.resolve" && @mailbox.host.to_s.match?(NO_NAME)

        "host is a name only, such as imap.example.com: the port belongs to port, and TLS to ssl"
      end

      def default_redis(check)
        @configured.default_redis(@mailbox) if REDIS.include?(check)
      end

      def arbitration
        return [] unless @mailbox.arbitration_klass == Arbitration::Noop

        [Finding.skipped("arbitration", "there is none, so one process alone may watch this mailbox")]
      end

      def address_findings
        return address.findings if address

        advice = "It stands in gitlab.yml: use -c config/gitlab.yml, or set incoming_email.address here"
        [Finding.skipped("address", "it does not stand in this file",
                         (advice if @configured.delivered_to(@mailbox)))]
      end

      def sent(servers)
        return [] unless @round_trip

        closed = servers.find { |finding| ENTRANCES.include?(finding.check) && finding.outcome != "yes" }
        return [Finding.skipped("sending", "needs #{closed.check}")] if closed

        @round_trip.findings(@mailbox, settings, address)
      end
    end
  end
end

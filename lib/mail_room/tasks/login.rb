# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  module Tasks
    # Whether the credentials of the mailboxes are right. GitLab tries to log in to an IMAP server for each, also when
    # it is on Microsoft Graph; here those have a line of their own.
    #
    # Source: lib/system_check/incoming_email/imap_authentication_check.rb of GitLab.
    class Login
      # What is asked of mailboxes on an IMAP server, and on Microsoft Graph.
      QUESTIONS = { false => "IMAP server credentials are correct?",
                    true => "Microsoft Graph credentials are correct?" }.freeze

      # Said of whatever is wrong.
      HINT = "Check that the information in config/gitlab.yml is correct"

      # Stops after the mailbox was selected, or its folder found.
      OPTIONS = JSON.generate(read_only: true, only: "login").freeze

      # @param path [String] of the configuration
      # @param type [String, nil] only mailboxes that serve this of GitLab's
      # @param report [Report]
      def initialize(path, type, report)
        @path = path
        @type = type
        @report = report
      end

      # @return [void]
      def run
        kinds = chosen(load).group_by(&:microsoft_graph?)
        return told("#{@path} does not have mailboxes set up") if kinds.empty?

        kinds.sort_by { |graph, _| graph ? 1 : 0 }.each { |graph, mailboxes| check(QUESTIONS.fetch(graph), mailboxes) }
      rescue ConfigurationError => error
        told(occurred(error.class, error.message))
      end

      private

      # Warnings are for `mail_room check`, and so are log files: nothing is logged here.
      def load
        Notice.collect([]) { Configuration.new(config_path: @path, log_files: false).mailboxes }
      end

      def chosen(mailboxes)
        return mailboxes unless @type

        mailboxes.select { |mailbox| type_of(mailbox.delivery_options || {}) == @type }
      end

      def type_of(options)
        options = Keys.symbolize(options)
        Native.mailbox_type(options[:worker]&.to_s, options[:delivery_url]&.to_s)
      end

      def told(step)
        @report.check(QUESTIONS.fetch(false))
        @report.no([step, HINT])
      end

      def check(question, mailboxes)
        @report.check(question)
        steps = mailboxes.flat_map do |mailbox|
          @report.line("Checking #{mailbox.email}")
          steps_of(mailbox)
        end
        steps.empty? ? @report.yes : @report.no([*steps, HINT])
      end

      # @return [Array<String>] what is wrong, and what to do about it
      def steps_of(mailbox)
        wrong = JSON.parse(Native.examine(Mailbox::Settings.new(mailbox).to_json, OPTIONS))
                    .find { |finding| finding["outcome"] == "no" }
        wrong ? [occurred(MailRoom::Error, "#{mailbox.email}: #{wrong['detail']}"), *wrong["advice"]] : []
      rescue ConfigurationError => error
        [occurred(error.class, error.message)]
      end

      def occurred(kind, message)
        "An error occurred: #{kind}: #{message}"
      end
    end
  end
end

# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Tasks
    # The task `gitlab:incoming_email:check`, and the same for Service Desk: whether GitLab's mail can be read here, and
    # is. Its exit status says nothing, as that of GitLab's says nothing: `mail_room check` has one.
    #
    # Source: lib/system_check/incoming_email_check.rb and lib/system_check/incoming_email/** of GitLab.
    class Check
      # What a mailbox is called, what its checks are about, and what is said when it is off.
      TEXTS = {
        "incoming_email" => ["Incoming Email", "Reply by email", "Reply by email is disabled in config/gitlab.yml"],
        "service_desk_email" => ["Service Desk Email", "Service Desk email",
                                 "Service Desk email is disabled in config/gitlab.yml"]
      }.freeze

      # @param mailbox [String] `incoming_email`, or `service_desk_email`, for which only its own mailboxes are tried
      # @param application [Application]
      # @param report [Report]
      # @param service [Service]
      def initialize(mailbox, application: Application.new, report: Report.new, service: Service.new)
        @mailbox = mailbox
        @application = application
        @report = report
        @service = service
      end

      # @return [void]
      def run
        title, subject, disabled = TEXTS.fetch(@mailbox)
        @report.component(title) do
          @report.check("#{title}:")
          @application.enabled?(@mailbox) ? check(subject) : @report.skipped(disabled)
        rescue ConfigurationError => error
          @report.failed(error.message)
        end
      end

      private

      def check(subject)
        @report.component(subject) do
          Login.new(@application.configuration, type, @report).run
          check_service
        end
      end

      # GitLab's check tries all that are there.
      def type
        @mailbox unless @mailbox == "incoming_email"
      end

      def check_service
        enabled = check_enabled
        @report.check("MailRoom running?")
        return @report.skipped if @application.linux_package?
        return @report.skipped("can't check because of previous errors") if enabled == false
        return @report.skipped("can't check without ps") unless @service.visible?
        return @report.yes if @service.running?

        @report.no(["Start mail_room"], ["see log/mail_room.log for possible errors"])
      end

      # @return [Boolean, nil] nil when it does not matter here
      def check_enabled
        @report.check("Mailroom enabled?")
        return @report.skipped if @application.linux_package? || !@application.production?

        @service.enabled?.tap { |enabled| enabled ? @report.yes : @report.no(["Enable mail_room"]) }
      end
    end
  end
end

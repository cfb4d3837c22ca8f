# frozen_string_literal: true

require "mail_room"
require "rake"

module MailRoom
  module Tasks
    # The tasks by their names.
    class Definition
      # The mailboxes of GitLab, and what its descriptions call them.
      MAILBOXES = { "incoming_email" => "Incoming Email", "service_desk_email" => "Service Desk Email" }.freeze

      # What loads the application, where there is such a task: for a check, and for all others.
      ENVIRONMENT = { check: %w[gitlab_environment environment], secret: %w[environment] }.freeze

      # As GitLab's manual has it for installations from source: `rake ... RAILS_ENVIRONMENT=production`.
      SPELLED_OUT = "RAILS_ENVIRONMENT"

      # @param rake [Rake::Application]
      def initialize(rake)
        @rake = rake
      end

      # @return [void]
      def define
        MAILBOXES.each do |mailbox, title|
          task("gitlab:#{mailbox}:check", "GitLab | #{title} | Check", :check) { Check.new(mailbox).run }

          Secret::ACTIONS.each do |action|
            task("gitlab:#{mailbox}:secret:#{action}",
                 "GitLab | #{title} | Secret | #{action.capitalize} #{title} secrets", :secret) do
              secret(mailbox).public_send(action)
            end
          end
        end
      end

      private

      def task(name, description, kind)
        return if Rake::Task.task_defined?(name)

        @rake.last_description = description
        @rake.define_task(Rake::Task, name) do |task|
          # Where Rake knows a task, a second definition adds to it: this one is the application's own.
          next if task.actions.size > 1

          telling_errors do
            load_application(kind)
            yield
          end
        end
      end

      # Only now: applications define it after the tasks of their gems.
      def load_application(kind)
        set_environment
        name = ENVIRONMENT.fetch(kind).find { |candidate| Rake::Task.task_defined?(candidate) }
        @rake[name].invoke if name
      end

      def set_environment
        return if GitLab::Installation::ENVIRONMENT.any? { |name| ENV.key?(name) } || !ENV.key?(SPELLED_OUT)

        ENV[GitLab::Installation::ENVIRONMENT.first] = ENV.fetch(SPELLED_OUT)
      end

      def secret(mailbox)
        edit = "gitlab-rake gitlab:#{mailbox}:secret:edit"
        Secret::Actions.new(Application.new.encrypted_file(mailbox), mailbox,
                            edit: edit, edit_with_editor: "#{edit} EDITOR=vim")
      end

      # Without the words of Rake around them, which begin with `rake aborted!`.
      def telling_errors
        yield
      rescue MailRoom::Error => error
        abort(Printable.text(error.message))
      rescue Interrupt
        exit(130) # as a shell has it
      end
    end
  end
end

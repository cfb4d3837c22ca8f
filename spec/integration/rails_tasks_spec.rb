# frozen_string_literal: true

require "support/rails_examples"
require "support/rspec"

# What an administrator types in the root of a Rails application that has the gem in its Gemfile, and no more of it.
RSpec.describe "The tasks of a Rails application", :integration do
  include_context "with a Rails application", processes: %i[sidekiq]

  tasks = %w[incoming_email service_desk_email].flat_map do |mailbox|
    %w[check secret:edit secret:show secret:write].map { |task| "gitlab:#{mailbox}:#{task}" }
  end

  def rake(*arguments, **options)
    app.run("rake", *arguments, **options)
  end

  it "are there by the gem's Railtie alone" do
    result = rake("-T", "gitlab")

    expect(result.output.scan(/^rake (\S+)/).flatten).to match_array(tasks)
    expect(result).to have_attributes(status: 0, errors: "")
  end

  it "are the application's own where it has some, as GitLab has" do
    app.write("lib/tasks/check.rake", <<~'RUBY')
      namespace :gitlab do
        namespace :incoming_email do
          desc "The application's own"
          task(check: :environment) { puts "checked by #{Rails.application.class}" }
        end
      end
    RUBY

    expect(rake("gitlab:incoming_email:check").output).to eq("checked by Gitlab::Application\n")
  ensure
    File.delete(app.path("lib/tasks/check.rake"))
  end

  describe "gitlab:incoming_email:check" do
    it "passes where the passwords are right and mail_room runs" do
      mail_room
      result = rake("gitlab:incoming_email:check", "RAILS_ENV=staging")

      expect(result.output).to eq(<<~TEXT)
        Checking Incoming Email ...

        Incoming Email: ... Checking Reply by email ...

        IMAP server credentials are correct? ... Checking incoming
        Checking service
        yes
        Mailroom enabled? ... skipped
        MailRoom running? ... yes

        Checking Reply by email ... Finished


        Checking Incoming Email ... Finished

      TEXT
      expect(result).to have_attributes(status: 0, errors: "")
    end

    it "fails in GitLab's words where a password is wrong, and does not tell it" do
      place.configure(incoming_email: { password: "guessed-and-wrong" })
      result = rake("gitlab:incoming_email:check")

      expect(result.output).to include("are correct? ... Checking incoming\nChecking service\nno\n")
      expect(result.output).to match(/^  An error occurred: \S+: .*AUTHENTICATIONFAILED/)
      expect(result.output).to include("\n  Check that the information in config/gitlab.yml is correct\n")
      expect(result.output + result.errors).not_to include("guessed-and-wrong")
    end
  end

  describe "gitlab:incoming_email:secret" do
    let(:encrypted) { app.path("shared/encrypted_settings/incoming_email.yaml.enc") }
    let(:text) { YAML.dump("password" => RailsPlace::PASSWORDS.fetch("incoming")) }

    after { File.delete(encrypted) }

    it "writes what mail_room logs in with, by way of the application's own code and by gitlab.yml" do
      place.configure(incoming_email: { password: "outdated" })
      written = rake("gitlab:incoming_email:secret:write", input: text)
      expect(written).to have_attributes(output: "File encrypted and saved.\n", errors: "", status: 0)
      expect(File.binread(encrypted)).to match(%r{\A[\w+/=]+--[\w+/=]+--[\w+/=]+\z})
      expect(rake("gitlab:incoming_email:secret:show").output).to eq(text)

      %w[config/mail_room.yml config/gitlab.yml].each.with_index(1) do |file, number|
        place.inbox.append(Mails.small(number))
        process = mail_room(file)
        expect(app.wait_for_received(number).map { |message| Mails.number(message.raw) }).to match_array(1..number)
        app.stop(process)
      end
    end
  end

  describe "mail_room check --send-via", skip: Servers::Postfix.impossible do
    it "finds nothing wrong, and the message that it sent through Postfix in the mailbox" do
      place.wait_for_sidekiq
      result = app.run("mail_room", "check", "-c", "config/gitlab.yml",
                       "--send-via", "smtp://127.0.0.1:#{place.postfix.port}")

      expect(result.output.scan(/\? \.\.\. no .*/)).to eq([])
      expect(result.output.scan(/^  It comes to this mailbox\? \.\.\. yes/).size).to eq(2)
      expect(result).to have_attributes(status: 0, errors: "")
      expect(place.inbox.count).to eq(0)
    end
  end
end

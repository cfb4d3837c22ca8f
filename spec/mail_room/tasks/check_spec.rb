# frozen_string_literal: true

require "mail_room/tasks/application"
require "mail_room/tasks/check"
require "mail_room/tasks/login"
require "mail_room/tasks/report"
require "mail_room/tasks/service"
require "stringio"
require "tmpdir"

# With a real server: spec/integration/rake_spec.rb.
RSpec.describe MailRoom::Tasks::Check do
  around do |example|
    before = ENV.to_h.slice("RAILS_ENV", "RACK_ENV")
    Dir.mktmpdir do |folder|
      @folder = folder
      Dir.mkdir(File.join(folder, "config"))
      ENV.update("RAILS_ENV" => nil, "RACK_ENV" => nil)
      example.run
    ensure
      ENV.update("RAILS_ENV" => before["RAILS_ENV"], "RACK_ENV" => before["RACK_ENV"])
    end
  end

  attr_reader :folder

  # How the machine is.
  def service(enabled: true, running: true, visible: true)
    instance_double(MailRoom::Tasks::Service, enabled?: enabled, running?: running, visible?: visible)
  end

  # @return [String] what it prints
  def check(mailbox = "incoming_email", service: self.service, root: folder)
    output = StringIO.new
    described_class.new(mailbox, application: MailRoom::Tasks::Application.new(root), service: service,
                                 report: MailRoom::Tasks::Report.new(output)).run
    output.string
  end

  def gitlab(environment: "production", enabled: true)
    File.write("#{folder}/config/gitlab.yml", "#{environment}:\n  incoming_email:\n    enabled: #{enabled}\n")
    ENV["RAILS_ENV"] = environment
  end

  it "tells that a mailbox is disabled" do
    gitlab(enabled: false)

    expect(check).to eq("Checking Incoming Email ...\n\nIncoming Email: ... Reply by email is disabled in " \
                        "config/gitlab.yml\n\nChecking Incoming Email ... Finished\n\n")
    expect(check("service_desk_email")).to include("Service Desk Email: ... Service Desk email is disabled in ")
  end

  it "tells that there are no mailboxes" do
    gitlab

    expect(check).to match(<<~TEXT)
      Checking Incoming Email ...

      Incoming Email: ... Checking Reply by email ...

      IMAP server credentials are correct? ... no
        Try fixing it:
        #{folder}/config/gitlab.yml does not have mailboxes set up
        Check that the information in config/gitlab.yml is correct
        Please fix the error above and rerun the checks.
      Mailroom enabled? ... yes
      MailRoom running? ... yes

      Checking Reply by email ... Finished


      Checking Incoming Email ... Finished

    TEXT
  end

  it "tells that mail_room is not enabled, and looks no further" do
    gitlab

    expect(check(service: service(enabled: false, running: false)))
      .to include("Mailroom enabled? ... no\n  Try fixing it:\n  Enable mail_room\n")
      .and include("MailRoom running? ... can't check because of previous errors\n")
  end

  it "tells that mail_room does not run" do
    gitlab

    expect(check(service: service(running: false)))
      .to include("MailRoom running? ... no\n  Try fixing it:\n  Start mail_room\n  For more information see:\n  " \
                  "see log/mail_room.log for possible errors\n")
    expect(check(service: service(visible: false))).to include("MailRoom running? ... can't check without ps\n")
  end

  it "does not ask outside of production whether it is enabled" do
    gitlab(environment: "test")

    expect(check(service: service(enabled: false)))
      .to include("Mailroom enabled? ... skipped\nMailRoom running? ... yes\n")
  end

  it "leaves both to the Linux package" do
    expect(check(root: "/opt/gitlab/embedded/service/gitlab-rails"))
      .to include("Mailroom enabled? ... skipped\nMailRoom running? ... skipped\n")
  end

  it "ends also with settings that cannot be read" do
    File.write("#{folder}/config/gitlab.yml", "production: hunter2")

    expect(check).to match(%r{ Email: \.\.\. Exception: #{folder}/config/gitlab.yml: .*\n\nChecking .* Finished})
  end
end

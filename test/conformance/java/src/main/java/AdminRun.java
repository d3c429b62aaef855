import org.apache.kafka.clients.admin.Admin;

/**
 * What the subjects of a run share.
 *
 * @param hasty gives up soon, where nobody is going to answer
 */
record AdminRun(Admin admin, Admin hasty, Outcomes outcomes) {}
